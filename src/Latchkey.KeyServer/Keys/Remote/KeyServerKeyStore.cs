using System.Security.Cryptography.X509Certificates;
using Latchkey.Client;
using Latchkey.Crypto;
using Latchkey.KeyStores;

namespace Latchkey.KeyServer.Keys.Remote;

/// <summary>
/// <c>keyless:inner?ski=…</c>: a key that another key server holds (catalogue S3). This key server is an edge to that one: policy there decides what it may have done.
/// </summary>
/// <remarks>
/// The other key server need not be reachable when the key is opened: two machines that start at once must not wait for each other. Until it is, operations fail.
/// </remarks>
/// <param name="keyServers">By the names that URIs use; lent, and started.</param>
/// <param name="concurrency">Questions under way at once, for each of them; a thread waits for each.</param>
public sealed class KeyServerKeyStore(IReadOnlyDictionary<string, KeyServerClient> keyServers, CryptoProvider crypto, int concurrency = 32) : IKeyStore
{
    /// <inheritdoc/>
    public string Scheme => "keyless";

    /// <inheritdoc/>
    public OpenedKey Open(KeyUri uri) => Open(uri, []);

    /// <inheritdoc/>
    public OpenedKey Open(KeyUri uri, IReadOnlyList<ReadOnlyMemory<byte>> certificates)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(certificates);
        var query = uri.Rest.IndexOf('?', StringComparison.Ordinal);
        var name = query < 0 ? uri.Rest : uri.Rest[..query];
        var ski = query < 0 ? null : UriQuery.Read(uri, uri.Rest[(query + 1)..], '&', "ski").GetValueOrDefault("ski");
        if (!keyServers.TryGetValue(name, out var client))
            throw new KeyStoreException($"{uri}: unknown key server \"{name}\" (expected one of keyServers: {string.Join(", ", keyServers.Keys)})");
        var publicKey = FindPublicKey(uri, ski, certificates);
        return new OpenedKey(new KeyServerHeldKey(client, publicKey, crypto), $"key server \"{name}\"", concurrency);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    // No operation of the wire gives out a public key: the certificate has it.
    private static byte[] FindPublicKey(KeyUri uri, string? ski, IReadOnlyList<ReadOnlyMemory<byte>> certificates)
    {
        foreach (var der in certificates)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
            var publicKey = certificate.PublicKey.ExportSubjectPublicKeyInfo();
            if (ski is null || Convert.ToHexString(KeyIds.Ski(publicKey)).Equals(ski.Replace(":", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase))
                return publicKey;
        }
        throw new KeyStoreException(certificates.Count == 0
            ? $"{uri}: the key's certificate is not known (expected \"certificates\": its file beside the uri)"
            : $"{uri}: none of its certificates has a key with this SKI (expected SHA-1 of the public key's bits, 40 hexadecimal digits)");
    }
}
