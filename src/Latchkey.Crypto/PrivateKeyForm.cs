using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Latchkey.Crypto;

/// <summary>The DER structures a private key comes in.</summary>
internal enum PrivateKeyEncoding
{
    None,
    Pkcs8,
    EncryptedPkcs8,
    Pkcs1,
    Sec1,
}

/// <summary>Tells the DER forms apart by their first elements, and wraps the older two as PKCS#8.</summary>
internal static class PrivateKeyForm
{
    private const byte IntegerTag = 0x02;
    private const byte OctetStringTag = 0x04;
    private const byte SequenceTag = 0x30;

    // AlgorithmIdentifiers (RFC 3279 §2.3.1, RFC 5480 §2.1.1).
    private static ReadOnlySpan<byte> RsaAlgorithm => [0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00];
    private static ReadOnlySpan<byte> P256Algorithm => [0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
    private static ReadOnlySpan<byte> P384Algorithm => [0x30, 0x10, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22];
    private static ReadOnlySpan<byte> X25519Algorithm => [0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x6E];
    private static ReadOnlySpan<byte> Version0 => [IntegerTag, 1, 0];

    internal static PrivateKeyEncoding Of(ReadOnlySpan<byte> der)
    {
        try
        {
            var outer = new ValueAsnReader(der);
            ValueAsnReader sequence = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            if (sequence.NextTag == SequenceTag)
            {
                sequence.ReadSequence();
                return sequence.NextTag == OctetStringTag ? PrivateKeyEncoding.EncryptedPkcs8 : PrivateKeyEncoding.None;
            }
            sequence.SkipInteger();
            return sequence.NextTag switch
            {
                SequenceTag => PrivateKeyEncoding.Pkcs8,
                IntegerTag => PrivateKeyEncoding.Pkcs1,
                OctetStringTag => PrivateKeyEncoding.Sec1,
                _ => PrivateKeyEncoding.None,
            };
        }
        catch (AsnContentException)
        {
            return PrivateKeyEncoding.None;
        }
    }

    internal static SecretBytes WrapPkcs1(ReadOnlySpan<byte> rsaPrivateKey) => Wrap(RsaAlgorithm, rsaPrivateKey);

    internal static SecretBytes WrapSec1(ReadOnlySpan<byte> ecPrivateKey) => Wrap(ReadCurve(ecPrivateKey) switch
    {
        KeyAlgorithm.EcdsaP384 => P384Algorithm,
        _ => P256Algorithm,
    }, ecPrivateKey);

    /// <summary>A bare private value of a group, at most 127 bytes, without its public half.</summary>
    internal static SecretBytes WrapPrivateValue(NamedGroup group, ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> prefix = group == NamedGroup.X25519
            ? [OctetStringTag, (byte)value.Length]
            : [SequenceTag, (byte)(value.Length + 5), IntegerTag, 1, 1, OctetStringTag, (byte)value.Length];
        using var key = new SecretBytes(prefix.Length + value.Length);
        prefix.CopyTo(key.Span);
        value.CopyTo(key.Span[prefix.Length..]);
        return Wrap(group switch
        {
            NamedGroup.Secp256r1 => P256Algorithm,
            NamedGroup.Secp384r1 => P384Algorithm,
            _ => X25519Algorithm,
        }, key.Span);
    }

    // ECPrivateKey (RFC 5915 §3): version, privateKey, [0] curve, [1] public key.
    private static KeyAlgorithm ReadCurve(ReadOnlySpan<byte> ecPrivateKey)
    {
        const byte parametersTag = 0xA0;
        try
        {
            ValueAsnReader sequence = new ValueAsnReader(ecPrivateKey).ReadSequence();
            sequence.SkipInteger();
            sequence.SkipOctetString();
            if (sequence.NextTag != parametersTag)
                throw new CryptographicException("The EC private key does not name its curve; convert it with: openssl pkcs8 -topk8 -nocrypt");
            return KeyInfo.ReadCurve(sequence.ReadExplicit(0));
        }
        catch (AsnContentException problem)
        {
            throw new CryptographicException("The EC private key is damaged.", problem);
        }
    }

    /// <summary>PrivateKeyInfo { 0, algorithm, OCTET STRING { key } }, written by hand so that the only copy is zeroed.</summary>
    private static SecretBytes Wrap(ReadOnlySpan<byte> algorithm, ReadOnlySpan<byte> key)
    {
        int content = Version0.Length + algorithm.Length + HeaderSize(key.Length) + key.Length;
        var pkcs8 = new SecretBytes(HeaderSize(content) + content);
        Span<byte> rest = WriteHeader(pkcs8.Span, SequenceTag, content);
        Version0.CopyTo(rest);
        rest = rest[Version0.Length..];
        algorithm.CopyTo(rest);
        rest = WriteHeader(rest[algorithm.Length..], OctetStringTag, key.Length);
        key.CopyTo(rest);
        return pkcs8;
    }

    private static int HeaderSize(int length) => length < 0x80 ? 2 : length <= 0xFF ? 3 : 4;

    private static Span<byte> WriteHeader(Span<byte> target, byte tag, int length)
    {
        int size = HeaderSize(length);
        target[0] = tag;
        target[1] = size == 2 ? (byte)length : (byte)(0x80 | (size - 2));
        for (int i = size - 1, left = length; i > 1; i--, left >>= 8)
            target[i] = (byte)left;
        return target[size..];
    }
}
