using Latchkey.Crypto;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Negotiation;

/// <summary>Which scheme a certificate's key signs with, in the client's order among those that go with key and version. SHA-1 never.</summary>
internal static class SignatureSchemeChoice
{
    private static readonly SignatureScheme[] Pss = [SignatureScheme.RsaPssRsaeSha256, SignatureScheme.RsaPssRsaeSha384, SignatureScheme.RsaPssRsaeSha512];
    private static readonly SignatureScheme[] PssAndPkcs1 = [.. Pss, SignatureScheme.RsaPkcs1Sha256, SignatureScheme.RsaPkcs1Sha384, SignatureScheme.RsaPkcs1Sha512];
    private static readonly SignatureScheme[] P256 = [SignatureScheme.EcdsaSecp256r1Sha256];
    private static readonly SignatureScheme[] P384 = [SignatureScheme.EcdsaSecp384r1Sha384];
    private static readonly SignatureScheme[] Edwards = [SignatureScheme.Ed25519];
    private static readonly SignatureScheme[] Dss = [SignatureScheme.DsaSha256];

    /// <summary>The scheme; null where the client can verify none of this key's.</summary>
    public static SignatureScheme? Choose(PublicKey key, TlsVersion version, ClientHello hello)
    {
        // RFC 5246 §7.4.1.4.1: a TLS 1.2 client without the extension means SHA-1, which is not used here: no scheme.
        if (hello.SignatureAlgorithms is not { } offered)
            return null;
        var ours = Suitable(key.Algorithm, version);
        foreach (var scheme in offered)
        {
            if (ours.Contains(scheme) && Fits(scheme, key))
                return scheme;
        }

        return null;
    }

    /// <summary>Whether a client's key of that kind may sign so (CertificateVerify). In TLS 1.2 a client may sign any digest with any curve.</summary>
    public static bool Suits(SignatureScheme scheme, KeyAlgorithm key, TlsVersion version) =>
        version == TlsVersion.Tls13 ? Suitable(key, version).Contains(scheme) : scheme.GoesWith(key);

    /// <summary>
    /// RFC 8446 §4.2.3: ECDSA is bound to the curve, RSA to PSS, DSA is gone; TLS 1.2 has PKCS#1 as well. TLS 1.2 would let a P-256 key sign
    /// SHA-384: left out, because nobody needs it and one digest per key is what policies at a key server can be asked to allow.
    /// </summary>
    private static SignatureScheme[] Suitable(KeyAlgorithm key, TlsVersion version) => key switch
    {
        KeyAlgorithm.Rsa => version == TlsVersion.Tls13 ? Pss : PssAndPkcs1,
        KeyAlgorithm.EcdsaP256 => P256,
        KeyAlgorithm.EcdsaP384 => P384,
        KeyAlgorithm.Ed25519 => Edwards,
        KeyAlgorithm.Dsa => version == TlsVersion.Tls13 ? [] : Dss,
        _ => throw new ArgumentOutOfRangeException(nameof(key)),
    };

    /// <summary>RFC 8017 §9.1.1: PSS needs 2 × digest + 2 bytes, so that SHA-512 does not go with a 1,024-bit key.</summary>
    private static bool Fits(SignatureScheme scheme, PublicKey key) => scheme switch
    {
        SignatureScheme.RsaPssRsaeSha512 => key.KeySizeBits > 8 * ((2 * 64) + 2),
        _ => true,
    };
}
