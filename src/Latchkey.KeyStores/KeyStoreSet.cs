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
