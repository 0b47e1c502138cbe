using Latchkey.Crypto;

namespace Latchkey.Tls.Tls13;

/// <summary>The second stage of the key schedule: from ServerHello to the server's Finished.</summary>
internal sealed class HandshakeSecrets : IDisposable
{
    private readonly CryptoProvider _crypto;
    private readonly DigestAlgorithm _digest;
    private readonly SecretBytes _handshakeSecret;

    /// <param name="handshakeSecret">The Handshake Secret (RFC 8446 §7.1), owned from here on.</param>
    /// <param name="helloHash">Transcript hash through ServerHello.</param>
    internal HandshakeSecrets(CryptoProvider crypto, DigestAlgorithm digest, SecretBytes handshakeSecret, ReadOnlySpan<byte> helloHash)
    {
        _crypto = crypto;
        _digest = digest;
        _handshakeSecret = handshakeSecret;
        ClientTraffic = DeriveSecret.From(crypto, digest, handshakeSecret, "c hs traffic"u8, helloHash);
        ServerTraffic = DeriveSecret.From(crypto, digest, handshakeSecret, "s hs traffic"u8, helloHash);
    }

    /// <summary>client_handshake_traffic_secret, lent.</summary>
    public SecretBytes ClientTraffic { get; }

    /// <summary>server_handshake_traffic_secret, lent.</summary>
    public SecretBytes ServerTraffic { get; }

    /// <summary>The server's verify_data; the caller owns the array.</summary>
    /// <param name="transcriptHash">Through CertificateVerify.</param>
    public byte[] ServerVerifyData(ReadOnlySpan<byte> transcriptHash)
    {
        var verifyData = new byte[_digest.SizeInBytes()];
        DeriveSecret.VerifyData(_crypto, _digest, ServerTraffic, transcriptHash, verifyData);
        return verifyData;
    }

    /// <summary>Goes on to application traffic. Ends this stage.</summary>
    /// <param name="transcriptHash">Through the server's Finished.</param>
    public ApplicationSecrets Advance(ReadOnlySpan<byte> transcriptHash)
    {
        using var derived = DeriveSecret.Empty(_crypto, _digest, _handshakeSecret);
        Span<byte> zeros = stackalloc byte[_digest.SizeInBytes()];
        zeros.Clear();
        var masterSecret = Hkdf.Extract(_crypto, _digest, derived.Span, zeros);
        var next = new ApplicationSecrets(_crypto, _digest, masterSecret, SecretBytes.CopyOf(ClientTraffic.Span), transcriptHash);
        Dispose();
        return next;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _handshakeSecret.Dispose();
        ClientTraffic.Dispose();
        ServerTraffic.Dispose();
    }
}
