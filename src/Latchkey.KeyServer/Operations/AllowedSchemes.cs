using Latchkey.Crypto;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Which schemes a kind of key signs with, by version: an allow-list (attack 19). SHA-1 is on neither; PKCS#1 is TLS 1.2's alone,
/// where RFC 8446 §4.2.3 forbids it for CertificateVerify.
/// </summary>
internal static class AllowedSchemes
{
    public static bool ForTls12(KeyAlgorithm key, SignatureScheme scheme) => key switch
    {
        KeyAlgorithm.Rsa => scheme is SignatureScheme.RsaPkcs1Sha256 or SignatureScheme.RsaPkcs1Sha384 or SignatureScheme.RsaPkcs1Sha512 || IsPss(scheme),
        // In TLS 1.2 the code points name a hash only; the curve is the certificate's (RFC 8446 §4.2.3).
        KeyAlgorithm.EcdsaP256 or KeyAlgorithm.EcdsaP384 => scheme is SignatureScheme.EcdsaSecp256r1Sha256 or SignatureScheme.EcdsaSecp384r1Sha384,
        KeyAlgorithm.Ed25519 => scheme == SignatureScheme.Ed25519,
        KeyAlgorithm.Dsa => scheme == SignatureScheme.DsaSha256,
        _ => false,
    };

    public static bool ForTls13(KeyAlgorithm key, SignatureScheme scheme) => key switch
    {
        KeyAlgorithm.Rsa => IsPss(scheme),
        KeyAlgorithm.EcdsaP256 => scheme == SignatureScheme.EcdsaSecp256r1Sha256,
        KeyAlgorithm.EcdsaP384 => scheme == SignatureScheme.EcdsaSecp384r1Sha384,
        KeyAlgorithm.Ed25519 => scheme == SignatureScheme.Ed25519,
        _ => false,
    };

    private static bool IsPss(SignatureScheme scheme) =>
        scheme is SignatureScheme.RsaPssRsaeSha256 or SignatureScheme.RsaPssRsaeSha384 or SignatureScheme.RsaPssRsaeSha512;
}
