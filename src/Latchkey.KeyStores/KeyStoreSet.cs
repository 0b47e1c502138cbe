using Latchkey.Crypto;

namespace Latchkey.KeyStores;

/// <summary>The key stores of a program, found by the schemes of the URIs.</summary>
public sealed class KeyStoreSet
{
    private readonly Dictionary<string, IKeyStore> _byScheme = new(StringComparer.Ordinal);

    /// <param name="stores">Lent; the later one counts where two have the same scheme.</param>
    public KeyStoreSet(IEnumerable<IKeyStore> stores)
    {
        ArgumentNullException.ThrowIfNull(stores);
        foreach (var store in stores)
            _byScheme[store.Scheme] = store;
    }

    /// <summary>Finds the key and makes sure that it can be used.</summary>
    /// <exception cref="KeyStoreException">Not a URI, a scheme that nobody here opens, or what the store says.</exception>
    /// <param name="certificates">DER, those that the configuration names beside the key.</param>
    public OpenedKey Open(string uri, params IReadOnlyList<ReadOnlyMemory<byte>> certificates)
    {
        var parsed = Parse(uri, out var store);
        return store.Open(parsed, certificates);
    }

    /// <summary>Files whose change means that the key is to be opened again.</summary>
    /// <exception cref="KeyStoreException">Not a URI, or a scheme that nobody here opens.</exception>
    public IReadOnlyList<string> FilesOf(string uri)
    {
        var parsed = Parse(uri, out var store);
        return store.FilesOf(parsed);
    }

    /// <summary>Whether a URI names a secret to be kept, as a part of a key is, rather than a key to compute with.</summary>
    /// <exception cref="KeyStoreException">Not a URI, or a scheme that nobody here opens.</exception>
    public bool MeansSecret(string uri)
    {
        var parsed = Parse(uri, out var store);
        return store is ISecretStore secrets && secrets.MeansSecret(parsed);
    }

    /// <summary>The secret, which the caller disposes.</summary>
    /// <exception cref="KeyStoreException">Nothing of the kind is kept there, or what the store says.</exception>
    public SecretBytes ReadSecret(string uri) => SecretStoreOf(uri, out var parsed).ReadSecret(parsed);

    /// <summary>Puts a secret where nothing is yet.</summary>
    /// <exception cref="KeyStoreException">Nothing of the kind is kept there, or what the store says.</exception>
    public void WriteSecret(string uri, SecretBytes secret) => SecretStoreOf(uri, out var parsed).WriteSecret(parsed, secret);

    private ISecretStore SecretStoreOf(string uri, out KeyUri parsed)
    {
        parsed = Parse(uri, out var store);
        return store is ISecretStore secrets && secrets.MeansSecret(parsed)
            ? secrets
            : throw new KeyStoreException($"{uri}: no part of a key is kept there (expected file:/path.part, pkcs11:…;type=data, or tpm2:sealed=/path)");
    }

    private KeyUri Parse(string uri, out IKeyStore store)
    {
        ArgumentNullException.ThrowIfNull(uri);
        var schemes = string.Join(", ", _byScheme.Keys.Order(StringComparer.Ordinal).Select(scheme => $"{scheme}:"));
        if (!KeyUri.TryParse(uri, out var parsed))
            throw new KeyStoreException($"{uri}: not the URI of a key (expected one that begins with {schemes})");
        store = _byScheme.GetValueOrDefault(parsed!.Scheme)
            ?? throw new KeyStoreException($"{uri}: no key store opens {parsed.Scheme}: (expected one of {schemes})");
        return parsed;
    }
}
