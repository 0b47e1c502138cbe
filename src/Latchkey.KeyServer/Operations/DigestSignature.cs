using System.Numerics;
using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Verifies signatures over digests with the base library: the provider, rightly, only verifies whole messages. Measured
/// against the operation it guards, importing the public key each time is noise for RSA.
/// </summary>
internal static class DigestSignature
{
    public static bool IsValid(ReadOnlySpan<byte> subjectPublicKeyInfo, DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        if (padding == SignaturePadding.None)
        {
            using var ecdsa = ECDsa.Create();
            ecdsa.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
            return ecdsa.VerifyHash(hash, signature, DSASignatureFormat.Rfc3279DerSequence);
        }
        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
        return digest is DigestAlgorithm.Md5Sha1 or DigestAlgorithm.Sha224
            ? IsBlockOf(rsa.ExportParameters(false), digest == DigestAlgorithm.Sha224 ? [.. Sha224DigestInfo, .. hash] : hash, signature)
            : rsa.VerifyHash(hash, signature, NameOf(digest), padding == SignaturePadding.Pss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
    }

    // RFC 8017 §9.2, note 1.
    private static ReadOnlySpan<byte> Sha224DigestInfo =>
        [0x30, 0x2d, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04, 0x05, 0x00, 0x04, 0x1c];

    // The base library has no PKCS#1 without DigestInfo (TLS 1.0, operation 02) and no SHA-224: the block is recovered and compared. Only public
    // values take part, so BigInteger's timing tells nothing.
    private static bool IsBlockOf(RSAParameters key, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature)
    {
        var size = key.Modulus!.Length;
        Span<byte> expected = new byte[size];
        expected[1..].Fill(0xFF);
        (expected[0], expected[1], expected[size - content.Length - 1]) = (0, 1, 0);
        content.CopyTo(expected[(size - content.Length)..]);
        var block = BigInteger.ModPow(Number(signature), Number(key.Exponent), Number(key.Modulus));
        return block == Number(expected);
    }

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static HashAlgorithmName NameOf(DigestAlgorithm digest) => digest switch
    {
        DigestAlgorithm.Sha1 => HashAlgorithmName.SHA1,
        DigestAlgorithm.Sha256 => HashAlgorithmName.SHA256,
        DigestAlgorithm.Sha384 => HashAlgorithmName.SHA384,
        DigestAlgorithm.Sha512 => HashAlgorithmName.SHA512,
        _ => throw new ArgumentOutOfRangeException(nameof(digest)),
    };
}
