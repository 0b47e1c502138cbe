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

    /// <summary>From a key of any length (RFC 8446 §7.1), which is lent.</summary>
    public static EarlySecrets WithPreSharedKey(CryptoProvider crypto, DigestAlgorithm digest, SecretBytes key)
    {
        Span<byte> zeros = stackalloc byte[digest.SizeInBytes()];
        zeros.Clear();
        return new EarlySecrets(crypto, digest, Hkdf.Extract(crypto, digest, zeros, key.Span));
    }

    /// <summary>Whether a binder is right, in constant time (RFC 8446 §4.2.11.2).</summary>
    /// <param name="origin">Of the key.</param>
    /// <param name="truncatedHash">Transcript hash up to the list of binders.</param>
    /// <param name="binder">Of any length.</param>
    public bool VerifyBinder(PreSharedKeyOrigin origin, ReadOnlySpan<byte> truncatedHash, ReadOnlySpan<byte> binder)
    {
        Span<byte> emptyHash = stackalloc byte[_digest.SizeInBytes()];
        _crypto.Hash(_digest, [], emptyHash);
        using var binderKey = DeriveSecret.From(_crypto, _digest, _earlySecret, BinderLabel(origin), emptyHash);
        Span<byte> expected = stackalloc byte[_digest.SizeInBytes()];
        DeriveSecret.VerifyData(_crypto, _digest, binderKey, truncatedHash, expected);
        return System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(expected, binder);
    }

    /// <summary>client_early_traffic_secret; the caller owns it.</summary>
    /// <param name="helloHash">Transcript hash of the ClientHello.</param>
    public SecretBytes ClientTraffic(ReadOnlySpan<byte> helloHash) => DeriveSecret.From(_crypto, _digest, _earlySecret, "c e traffic"u8, helloHash);

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

    /// <summary>RFC 8446 §7.1; RFC 9258 §5.2 for imported keys.</summary>
    private static ReadOnlySpan<byte> BinderLabel(PreSharedKeyOrigin origin) => origin switch
    {
        PreSharedKeyOrigin.Resumption => "res binder"u8,
        PreSharedKeyOrigin.External => "ext binder"u8,
        PreSharedKeyOrigin.Imported => "imp binder"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(origin)),
    };
}
