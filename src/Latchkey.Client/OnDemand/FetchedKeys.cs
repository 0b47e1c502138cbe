using System.Buffers.Binary;
using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Microsoft.Extensions.Logging;

namespace Latchkey.Client.OnDemand;

/// <summary>
/// One owner's keys that this process holds for a while (catalogue S6): each is fetched when a handshake first needs it, kept for its time whether it is used or not, and wiped. They outlive
/// reloads of the sites, not the client. Thread-safe.
/// </summary>
internal sealed class FetchedKeys(KeyServerClient client, ILogger logger, ClientMetrics metrics) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Key, TimeSpan Keep), FetchedKeyPlace> _places = [];
    private bool _disposed;

    /// <summary>The key of a handshake's certificate, leased: the caller releases it.</summary>
    /// <param name="keep">How long it may stay for others; zero: for this one operation.</param>
    /// <exception cref="KeyHolderFailedException">Refused, unreachable, late, or not the certificate's key.</exception>
    public ValueTask<FetchedKey> LeaseAsync(HandshakeFacts handshake, TimeSpan keep, CancellationToken cancellationToken)
    {
        if (keep == TimeSpan.Zero)
            return FetchAsync(handshake, keep, cancellationToken);
        FetchedKeyPlace? place;
        lock (_gate)
        {
            if (_disposed)
                throw new KeyHolderFailedException($"The client of key server \"{client.Options.Name}\" has been closed.");
            var name = (Convert.ToHexString(KeyIdentity.Of(handshake.Certificate).SubjectKeyIdentifier), keep);
            if (!_places.TryGetValue(name, out place))
                _places.Add(name, place = new FetchedKeyPlace((facts, token) => FetchAsync(facts, keep, token), client.Options.TimeProvider));
        }
        return place.LeaseAsync(handshake, cancellationToken);
    }

    /// <summary>Wipes all, those in use when their operations are done.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (var place in _places.Values)
                place.Dispose();
            _places.Clear();
        }
    }

    private async ValueTask<FetchedKey> FetchAsync(HandshakeFacts handshake, TimeSpan keep, CancellationToken cancellationToken)
    {
        var reply = await client.ExecuteAsync(new FetchKeyOperation(handshake, (uint)keep.TotalSeconds), mayFail: false, cancellationToken);
        using var pkcs8 = reply.Secret!;
        var granted = TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt32BigEndian(reply.Payload.Span));
        var key = Import(handshake, pkcs8);
        var name = handshake.ServerName ?? handshake.Certificate.PublicKey.Algorithm.ToString();
        metrics.KeyFetched();
        KeyServerClient.Log.KeyFetched(logger, client.Options.Name, name, granted.TotalSeconds);
        return new FetchedKey(key, granted, Wiped);

        void Wiped()
        {
            metrics.KeyWiped();
            KeyServerClient.Log.KeyWiped(logger, client.Options.Name, name);
        }
    }

    private PrivateKey Import(HandshakeFacts handshake, SecretBytes pkcs8)
    {
        try
        {
            return Read(handshake.Crypto, pkcs8, handshake.Certificate.PublicKey)
                ?? throw new KeyHolderFailedException($"A key server of \"{client.Options.Name}\" sent another key than the certificate's.");
        }
        catch (CryptographicException e)
        {
            throw new KeyHolderFailedException($"A key server of \"{client.Options.Name}\" sent a key that cannot be used: {e.Message}", e);
        }
    }

    /// <summary>null: it is another key than the certificate's. Whose key it is, is not for the key server to say.</summary>
    /// <exception cref="CryptographicException">It is no key that can be used with this certificate.</exception>
    internal static PrivateKey? Read(CryptoProvider crypto, SecretBytes pkcs8, PublicKey publicKey)
    {
        // Transient: what libcrypto's decoders leave behind would outlive the key. DSA's keys only they read.
        var key = publicKey.Algorithm == KeyAlgorithm.Dsa
            ? crypto.ImportPrivateKey(pkcs8.Span)
            : crypto.ImportTransientPrivateKey(pkcs8.Span, publicKey.SubjectPublicKeyInfo.Span);
        // A transient key of a curve takes its public half from the certificate on trust; RSA has it among its own numbers.
        var isTrusting = key.Algorithm is not (KeyAlgorithm.Rsa or KeyAlgorithm.Dsa);
        if (key.SubjectPublicKeyInfo.Span.SequenceEqual(publicKey.SubjectPublicKeyInfo.Span) && (!isTrusting || publicKey.IsHalfOf(key)))
            return key;
        key.Dispose();
        return null;
    }
}
