using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.KeyStores.Files;

/// <summary>
/// <c>file:/etc/latchkey/site.key</c>: a private key in a file, PEM or DER, which an attribute <c>?passphrase-source=/etc/latchkey/site.pass</c> opens where it is
/// encrypted. Percent encoding stands for characters such as <c>?</c> in the path.
/// </summary>
public sealed class FileKeyStore(CryptoProvider? crypto = null) : IKeyStore, ISecretStore
{
    private readonly CryptoProvider _crypto = crypto ?? CryptoProvider.Default;

    /// <inheritdoc/>
    public string Scheme => "file";

    /// <inheritdoc/>
    public OpenedKey Open(KeyUri uri)
    {
        var (file, passphraseFile) = Read(uri);
        var passphrase = passphraseFile is null ? null : SmallFile.FirstLine(passphraseFile, "a file whose first line is the passphrase");
        using (passphrase)
        using (var bytes = SmallFile.Read(file, "a private key in PEM or DER"))
        {
            try
            {
                return OpenedKey.InThisProcess(PrivateKeyReader.Read(_crypto, bytes.Span, passphrase is null ? default : passphrase.Span));
            }
            catch (CryptographicException e)
            {
                throw new KeyStoreException($"{file}: {e.Message}", e);
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> FilesOf(KeyUri uri)
    {
        var (file, passphraseFile) = Read(uri);
        return passphraseFile is null ? [file] : [file, passphraseFile];
    }

    /// <summary>Parts are in files whose names end with <c>.part</c>.</summary>
    public bool MeansSecret(KeyUri uri) => Read(uri).File.EndsWith(".part", StringComparison.Ordinal);

    /// <inheritdoc/>
    public SecretBytes ReadSecret(KeyUri uri) => SmallFile.Read(Read(uri).File, "a part of a key");

    /// <inheritdoc/>
    public void WriteSecret(KeyUri uri, SecretBytes secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        SmallFile.WriteNew(Read(uri).File, secret.Span);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static (string File, string? PassphraseFile) Read(KeyUri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        var query = uri.Rest.IndexOf('?', StringComparison.Ordinal);
        var path = Uri.UnescapeDataString(query < 0 ? uri.Rest : uri.Rest[..query]);
        // RFC 8089 §2: file:/path and file:///path are the same.
        if (path.StartsWith("///", StringComparison.Ordinal))
            path = path[2..];
        if (!Path.IsPathFullyQualified(path) || path.StartsWith("//", StringComparison.Ordinal))
            throw new KeyStoreException($"{uri}: not an absolute path (expected file:/path/of/the/key)");
        var passphrase = query < 0 ? null : UriQuery.Read(uri, uri.Rest[(query + 1)..], '&', "passphrase-source").GetValueOrDefault("passphrase-source");
        return (path, passphrase);
    }
}
