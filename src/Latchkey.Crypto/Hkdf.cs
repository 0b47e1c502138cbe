namespace Latchkey.Crypto;

/// <summary>HKDF (RFC 5869) and HKDF-Expand-Label (RFC 8446 §7.1) over a provider's HMAC.</summary>
public static class Hkdf
{
    /// <summary>HKDF-Extract; the pseudorandom key has the digest's size and belongs to the caller.</summary>
    public static SecretBytes Extract(CryptoProvider crypto, DigestAlgorithm digest, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> inputKeyMaterial) =>
        throw new NotImplementedException();

    /// <summary>HKDF-Expand to the length of <paramref name="destination"/> (at most 255 digests).</summary>
    public static void Expand(CryptoProvider crypto, DigestAlgorithm digest, ReadOnlySpan<byte> pseudorandomKey, ReadOnlySpan<byte> info, Span<byte> destination) =>
        throw new NotImplementedException();

    /// <summary>HKDF-Expand-Label; <paramref name="label"/> without the <c>"tls13 "</c> prefix, ASCII, as a UTF-8 literal.</summary>
    public static void ExpandLabel(CryptoProvider crypto, DigestAlgorithm digest, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, ReadOnlySpan<byte> context, Span<byte> destination) =>
        throw new NotImplementedException();
}
