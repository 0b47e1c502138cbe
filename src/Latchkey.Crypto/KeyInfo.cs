using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Latchkey.Crypto;

/// <summary>What a DER key structure says about itself; both providers read it here, so both refuse the same keys.</summary>
internal readonly record struct KeyInfo(KeyAlgorithm Algorithm, int SizeBits)
{
    private const int MinRsaBits = 2048;
    private const int MaxRsaBits = 8192; // beyond it one operation takes longer than a handshake may
    private const int MinDsaBits = 2048;
    private const int MaxDsaBits = 4096;
    private const int MinDsaSubgroupBits = 224; // FIPS 186-4 §4.2

    private const byte ObjectIdentifierTag = 0x06;

    private const string RsaEncryption = "1.2.840.113549.1.1.1";
    private const string RsaSsaPss = "1.2.840.113549.1.1.10";
    private const string EcPublicKey = "1.2.840.10045.2.1";
    private const string Dsa = "1.2.840.10040.4.1";
    private const string Ed25519 = "1.3.101.112";
    private const string P256 = "1.2.840.10045.3.1.7";
    private const string P384 = "1.3.132.0.34";

    /// <summary>Reads a SubjectPublicKeyInfo (RFC 5280 §4.1); nothing may follow it.</summary>
    internal static KeyInfo OfSubjectPublicKeyInfo(ReadOnlySpan<byte> der)
    {
        try
        {
            var outer = new ValueAsnReader(der);
            ValueAsnReader sequence = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            ValueAsnReader identifier = sequence.ReadSequence();
            KeyAlgorithm algorithm = ReadAlgorithm(identifier);
            ReadOnlySpan<byte> key = sequence.ReadBitString();
            sequence.ThrowIfNotEmpty();
            return new KeyInfo(algorithm, algorithm switch
            {
                KeyAlgorithm.Rsa => ReadModulusBits(key),
                KeyAlgorithm.Dsa => ReadDsaBits(identifier),
                _ => CurveBits(algorithm),
            });
        }
        catch (AsnContentException problem)
        {
            throw new CryptographicException($"Not a SubjectPublicKeyInfo: {problem.Message}", problem);
        }
    }

    /// <summary>Reads the algorithm of a PKCS#8 PrivateKeyInfo (RFC 5208 §5, RFC 5958 §2), not the key in it.</summary>
    internal static KeyAlgorithm AlgorithmOfPkcs8(ReadOnlySpan<byte> der)
    {
        try
        {
            var outer = new ValueAsnReader(der);
            ValueAsnReader sequence = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            sequence.SkipInteger();
            return ReadAlgorithm(sequence.ReadSequence());
        }
        catch (AsnContentException problem)
        {
            throw new CryptographicException($"Not a PKCS#8 private key: {problem.Message}", problem);
        }
    }

    private static KeyAlgorithm ReadAlgorithm(ValueAsnReader identifier) => identifier.ReadObjectIdentifier() switch
    {
        RsaEncryption => KeyAlgorithm.Rsa,
        Ed25519 => KeyAlgorithm.Ed25519,
        Dsa => KeyAlgorithm.Dsa,
        EcPublicKey => ReadCurve(identifier),
        RsaSsaPss => throw new CryptographicException("RSASSA-PSS keys are not supported; an RSA key for all of TLS is of type rsaEncryption."),
        string other => throw new CryptographicException($"Unsupported key type {other}: RSA, ECDSA P-256, ECDSA P-384, Ed25519 and DSA are supported."),
    };

    /// <summary>Reads a curve's name.</summary>
    // Explicit curve parameters (a SEQUENCE here) are refused: RFC 5480 §2.1.1, and CVE-2020-0601 shows why.
    internal static KeyAlgorithm ReadCurve(ValueAsnReader identifier)
    {
        if (identifier.NextTag != ObjectIdentifierTag)
            throw new CryptographicException("Unsupported curve: only named curves P-256 and P-384 are supported, not explicit parameters.");
        return identifier.ReadObjectIdentifier() switch
        {
            P256 => KeyAlgorithm.EcdsaP256,
            P384 => KeyAlgorithm.EcdsaP384,
            string other => throw new CryptographicException($"Unsupported curve {other}: P-256 and P-384 are supported."),
        };
    }

    private static int ReadModulusBits(ReadOnlySpan<byte> rsaPublicKey)
    {
        int bits = BitsOf(new ValueAsnReader(rsaPublicKey).ReadSequence().ReadIntegerBytes());
        if (bits is < MinRsaBits or > MaxRsaBits)
            throw new CryptographicException($"RSA keys of {MinRsaBits} to {MaxRsaBits} bits are supported, not of {bits}.");
        return bits;
    }

    // RFC 3279 §2.3.2: Dss-Parms { p, q, g }. A key that inherits its parameters from its issuer is refused: nothing here could verify with it.
    private static int ReadDsaBits(ValueAsnReader identifier)
    {
        identifier.ReadObjectIdentifier();
        ValueAsnReader parameters = identifier.ReadSequence();
        int bits = BitsOf(parameters.ReadIntegerBytes());
        int subgroupBits = BitsOf(parameters.ReadIntegerBytes());
        if (bits is < MinDsaBits or > MaxDsaBits || subgroupBits < MinDsaSubgroupBits)
            throw new CryptographicException($"DSA keys of {MinDsaBits} to {MaxDsaBits} bits with a subgroup of {MinDsaSubgroupBits} or more are supported, not of {bits} with {subgroupBits}.");
        return bits;
    }

    private static int BitsOf(ReadOnlySpan<byte> integer)
    {
        ReadOnlySpan<byte> digits = integer.TrimStart((byte)0);
        return digits.IsEmpty ? 0 : (digits.Length * 8) - int.LeadingZeroCount(digits[0]) + 24;
    }

    private static int CurveBits(KeyAlgorithm algorithm) => algorithm == KeyAlgorithm.EcdsaP384 ? 384 : 256;
}
