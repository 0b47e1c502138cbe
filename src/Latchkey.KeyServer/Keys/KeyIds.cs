using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Crypto;

namespace Latchkey.KeyServer.Keys;

/// <summary>What a key is found by, computed from its public half.</summary>
internal static class KeyIds
{
    /// <summary>SHA-1 of the contents of the SubjectPublicKey BIT STRING, 20 bytes.</summary>
    public static byte[] Ski(ReadOnlyMemory<byte> subjectPublicKeyInfo) => SHA1.HashData(SubjectPublicKey(subjectPublicKeyInfo).Span);

    /// <summary>SHA-256 of the upper-case hexadecimal modulus (I4), 32 bytes; null where the key is not RSA.</summary>
    public static byte[]? ModulusDigest(KeyAlgorithm algorithm, ReadOnlyMemory<byte> subjectPublicKeyInfo)
    {
        if (algorithm != KeyAlgorithm.Rsa)
            return null;
        var key = new AsnReader(SubjectPublicKey(subjectPublicKeyInfo), AsnEncodingRules.DER).ReadSequence();
        // The number printed as Go prints it: no leading zeros, not even the half byte of an odd-sized modulus.
        var hex = Convert.ToHexString(key.ReadIntegerBytes().Span).TrimStart('0');
        return SHA256.HashData(Encoding.ASCII.GetBytes(hex));
    }

    /// <summary>The contents of the BIT STRING.</summary>
    /// <exception cref="AsnContentException">Not a SubjectPublicKeyInfo.</exception>
    public static ReadOnlyMemory<byte> SubjectPublicKey(ReadOnlyMemory<byte> subjectPublicKeyInfo)
    {
        var info = new AsnReader(subjectPublicKeyInfo, AsnEncodingRules.DER).ReadSequence();
        info.ReadEncodedValue();
        return info.ReadBitString(out _);
    }
}
