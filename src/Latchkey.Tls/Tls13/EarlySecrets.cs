using Latchkey.Crypto;

namespace Latchkey.Tls.Tls13;

/// <summary>
/// The first stage of the key schedule (RFC 8446 §7.1). A stage has only the secrets that its position in the handshake
/// allows; going on yields the next one and zeroes this, so that a derivation at the wrong time does not compile, or throws.
/// </summary>
internal sealed class EarlySecrets : IDisposable
{
    private readonly CryptoProvider _crypto;
    private readonly DigestAlgorithm _digest;
    private readonly SecretBytes _earlySecret;

    private EarlySecrets(CryptoProvider crypto, DigestAlgorithm digest, SecretBytes earlySecret)
    {
        _crypto = crypto;
        _digest = digest;
        _earlySecret = earlySecret;
    }

    /// <summary>Without a pre-shared key: RFC 8446 §7.1 puts a digest's length of zeros in its place.</summary>
    public static EarlySecrets WithoutPreSharedKey(CryptoProvider crypto, DigestAlgorithm digest)
    {
        Span<byte> zeros = stackalloc byte[digest.SizeInBytes()];
        zeros.Clear();
        return new EarlySecrets(crypto, digest, Hkdf.Extract(crypto, digest, zeros, zeros));
    }

    /// <summary>Mixes in the key exchange. Ends this stage.</summary>
    /// <param name="sharedSecret">Lent.</param>
    /// <param name="helloHash">Transcript hash through ServerHello.</param>
    public HandshakeSecrets Agree(SecretBytes sharedSecret, ReadOnlySpan<byte> helloHash) =>
        new(_crypto, _digest, HandshakeSecret(sharedSecret), helloHash);

    /// <summary>The Handshake Secret alone, where the next stage is somebody else's. The caller owns it. Ends this stage.</summary>
    /// <param name="sharedSecret">Lent.</param>
    public SecretBytes HandshakeSecret(SecretBytes sharedSecret)
    {
        using var derived = DeriveSecret.Empty(_crypto, _digest, _earlySecret);
        Dispose();
        return Hkdf.Extract(_crypto, _digest, derived.Span, sharedSecret.Span);
    }

    /// <inheritdoc/>
    public void Dispose() => _earlySecret.Dispose();
}
