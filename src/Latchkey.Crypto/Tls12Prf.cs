namespace Latchkey.Crypto;

/// <summary>The TLS 1.2 PRF (RFC 5246 §5): P_hash over a provider's HMAC.</summary>
public static class Tls12Prf
{
    /// <summary>Fills <paramref name="destination"/> with PRF(secret, label, seed1 ‖ seed2).</summary>
    public static void Derive(CryptoProvider crypto, DigestAlgorithm digest, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, ReadOnlySpan<byte> seed1, ReadOnlySpan<byte> seed2, Span<byte> destination) =>
        throw new NotImplementedException();
}
