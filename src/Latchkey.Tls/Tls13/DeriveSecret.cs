using Latchkey.Crypto;

namespace Latchkey.Tls.Tls13;

/// <summary>Derive-Secret and the Finished computation of RFC 8446 §7.1 and §4.4.4.</summary>
internal static class DeriveSecret
{
    /// <summary>Derive-Secret(secret, label, messages), given the hash of the messages. The caller owns the result.</summary>
    public static SecretBytes From(CryptoProvider crypto, DigestAlgorithm digest, SecretBytes secret, ReadOnlySpan<byte> label, ReadOnlySpan<byte> transcriptHash)
    {
        var derived = new SecretBytes(digest.SizeInBytes());
        Hkdf.ExpandLabel(crypto, digest, secret.Span, label, transcriptHash, derived.Span);
        return derived;
    }

    /// <summary>Derive-Secret(secret, "derived", ""): the salt of the next stage.</summary>
    public static SecretBytes Empty(CryptoProvider crypto, DigestAlgorithm digest, SecretBytes secret)
    {
        Span<byte> emptyHash = stackalloc byte[digest.SizeInBytes()];
        crypto.Hash(digest, [], emptyHash);
        return From(crypto, digest, secret, "derived"u8, emptyHash);
    }

    /// <summary>verify_data under a handshake traffic secret; <paramref name="destination"/> has the digest's size.</summary>
    public static void VerifyData(CryptoProvider crypto, DigestAlgorithm digest, SecretBytes trafficSecret, ReadOnlySpan<byte> transcriptHash, Span<byte> destination)
    {
        using var finishedKey = new SecretBytes(digest.SizeInBytes());
        Hkdf.ExpandLabel(crypto, digest, trafficSecret.Span, "finished"u8, [], finishedKey.Span);
        crypto.Hmac(digest, finishedKey.Span, transcriptHash, [], destination);
    }
}
