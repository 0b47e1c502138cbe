namespace Latchkey.Crypto;

/// <summary>What a signature scheme is made of.</summary>
public static class SignatureSchemeFacts
{
    /// <summary>
    /// Whether a key of this kind can sign so. An ECDSA scheme goes with either curve, as in TLS 1.2 (RFC 5246 §7.4.1.4.1);
    /// that TLS 1.3 binds scheme and curve is the engine's rule.
    /// </summary>
    public static bool GoesWith(this SignatureScheme scheme, KeyAlgorithm algorithm) => scheme switch
    {
        SignatureScheme.EcdsaSecp256r1Sha256 or SignatureScheme.EcdsaSecp384r1Sha384 => algorithm is KeyAlgorithm.EcdsaP256 or KeyAlgorithm.EcdsaP384,
        SignatureScheme.Ed25519 => algorithm == KeyAlgorithm.Ed25519,
        SignatureScheme.DsaSha256 => algorithm == KeyAlgorithm.Dsa,
        SignatureScheme.RsaPkcs1Sha1 or SignatureScheme.RsaPkcs1Sha256 or SignatureScheme.RsaPkcs1Sha384 or SignatureScheme.RsaPkcs1Sha512
            or SignatureScheme.RsaPssRsaeSha256 or SignatureScheme.RsaPssRsaeSha384 or SignatureScheme.RsaPssRsaeSha512 => algorithm == KeyAlgorithm.Rsa,
        _ => false,
    };

    /// <summary>The digest signed; Ed25519 has none and is misuse here.</summary>
    public static DigestAlgorithm Digest(this SignatureScheme scheme) => scheme switch
    {
        SignatureScheme.RsaPkcs1Sha1 => DigestAlgorithm.Sha1,
        SignatureScheme.RsaPkcs1Sha256 or SignatureScheme.RsaPssRsaeSha256 or SignatureScheme.EcdsaSecp256r1Sha256 or SignatureScheme.DsaSha256 => DigestAlgorithm.Sha256,
        SignatureScheme.RsaPkcs1Sha384 or SignatureScheme.RsaPssRsaeSha384 or SignatureScheme.EcdsaSecp384r1Sha384 => DigestAlgorithm.Sha384,
        SignatureScheme.RsaPkcs1Sha512 or SignatureScheme.RsaPssRsaeSha512 => DigestAlgorithm.Sha512,
        _ => throw new ArgumentOutOfRangeException(nameof(scheme), scheme, "The scheme signs no digest."),
    };

    /// <summary>The padding; <see cref="SignaturePadding.None"/> for ECDSA, DSA and Ed25519.</summary>
    public static SignaturePadding Padding(this SignatureScheme scheme) => scheme switch
    {
        SignatureScheme.RsaPkcs1Sha1 or SignatureScheme.RsaPkcs1Sha256 or SignatureScheme.RsaPkcs1Sha384 or SignatureScheme.RsaPkcs1Sha512 => SignaturePadding.Pkcs1,
        SignatureScheme.RsaPssRsaeSha256 or SignatureScheme.RsaPssRsaeSha384 or SignatureScheme.RsaPssRsaeSha512 => SignaturePadding.Pss,
        _ => SignaturePadding.None,
    };

    internal static void ThrowUnlessItGoesWith(this SignatureScheme scheme, KeyAlgorithm algorithm)
    {
        if (!scheme.GoesWith(algorithm))
            throw new ArgumentException($"{scheme} does not go with an {algorithm} key.", nameof(scheme));
    }

    internal static void ThrowUnlessRawSignable(KeyAlgorithm algorithm, DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash)
    {
        bool fits = algorithm switch
        {
            KeyAlgorithm.Rsa => padding == SignaturePadding.Pkcs1 || (padding == SignaturePadding.Pss && digest != DigestAlgorithm.Md5Sha1),
            KeyAlgorithm.EcdsaP256 or KeyAlgorithm.EcdsaP384 => padding == SignaturePadding.None,
            _ => false, // Ed25519 signs messages, never digests (RFC 8032 §5.1.6 hashes twice); the deployed protocol has no DSA
        };
        if (!fits)
            throw new ArgumentException($"An {algorithm} key does not sign {digest} digests with padding {padding}.", nameof(padding));
        if (hash.Length != digest.SizeInBytes())
            throw new ArgumentException($"A {digest} digest has {digest.SizeInBytes()} bytes, not {hash.Length}.", nameof(hash));
    }
}
