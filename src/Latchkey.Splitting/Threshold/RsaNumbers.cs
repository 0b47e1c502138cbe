using System.Formats.Asn1;
using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Splitting.Threshold;

/// <summary>The numbers of an RSA key.</summary>
internal static class RsaNumbers
{
    /// <summary>Modulus and public exponent, big-endian without leading zeros.</summary>
    /// <exception cref="CryptographicException">Not an RSA key.</exception>
    public static (byte[] Modulus, byte[] Exponent) OfPublic(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        if (KeyInfo.OfSubjectPublicKeyInfo(subjectPublicKeyInfo).Algorithm != KeyAlgorithm.Rsa)
            throw new CryptographicException("Threshold signatures are for RSA keys.");
        var info = new ValueAsnReader(subjectPublicKeyInfo).ReadSequence();
        info.ReadSequence();
        var key = new ValueAsnReader(info.ReadBitString()).ReadSequence();
        return (key.ReadIntegerBytes().TrimStart((byte)0).ToArray(), key.ReadIntegerBytes().TrimStart((byte)0).ToArray());
    }

    /// <summary>The two primes, inside <paramref name="pkcs8"/>.</summary>
    /// <exception cref="CryptographicException">Damaged, or of more than two primes.</exception>
    public static void ReadPrimes(ReadOnlySpan<byte> pkcs8, out ReadOnlySpan<byte> p, out ReadOnlySpan<byte> q)
    {
        try
        {
            var info = new ValueAsnReader(pkcs8).ReadSequence();
            info.SkipInteger();
            info.ReadSequence();
            var key = new ValueAsnReader(info.ReadOctetString()).ReadSequence();
            if (key.ReadIntegerBytes() is not [0])
                throw new CryptographicException("RSA keys of more than two primes are not shared.");
            key.SkipInteger();
            key.SkipInteger();
            key.SkipInteger();
            p = key.ReadIntegerBytes();
            q = key.ReadIntegerBytes();
        }
        catch (AsnContentException problem)
        {
            throw new CryptographicException("The RSA private key is damaged.", problem);
        }
    }
}
