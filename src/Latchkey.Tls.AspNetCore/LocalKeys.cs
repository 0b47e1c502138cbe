using System.Collections.Concurrent;
using Latchkey.Crypto;
using Latchkey.KeyStores;
using Latchkey.Tls.Custodies;

namespace Latchkey.Tls.AspNetCore;

/// <summary>Private keys beside the server, named by URIs: in this process's memory, or in a device whose places all its keys share.</summary>
internal sealed class LocalKeys(IReadOnlyList<IKeyStore> stores)
{
    private readonly KeyStoreSet _stores = new(stores);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _places = new(StringComparer.Ordinal);

    /// <summary>Finds the key; blocks for as long as its device takes.</summary>
    /// <param name="subjectPublicKeyInfo">Of the certificate whose key it has to be.</param>
    /// <returns>What handshakes ask, and the key itself, which the caller may dispose when none of them asks any more.</returns>
    /// <exception cref="KeyStoreException">No such key, no access, or the key of another certificate.</exception>
    public (IHandshakeKey Handshakes, PrivateKey Key) Open(string uri, ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        var opened = _stores.Open(uri);
        if (!opened.Key.SubjectPublicKeyInfo.Span.SequenceEqual(subjectPublicKeyInfo))
        {
            opened.Key.Dispose();
            throw new KeyStoreException($"{uri}: another key than the certificate's");
        }
        return opened.Device is { } device
            ? (new DeviceHandshakeKey(opened.Key, _places.GetOrAdd(device, _ => new SemaphoreSlim(opened.Concurrency))), opened.Key)
            : (new LocalHandshakeKey(opened.Key), opened.Key);
    }
}
