using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Latchkey.Crypto.Libcrypto;

/// <summary>
/// Makes an EVP_PKEY of a private key's numbers. libcrypto's decoders leave a copy of the DER behind in memory that is freed without being cleared; numbers it takes from ours
/// and clears its own when the key goes, so that a key which is here for a while leaves no trace.
/// </summary>
internal static unsafe class KeyNumbers
{
    private static ReadOnlySpan<byte> RsaNames => "n\0e\0d\0rsa-factor1\0rsa-factor2\0rsa-exponent1\0rsa-exponent2\0rsa-coefficient1\0"u8;

    /// <param name="pkcs8">RSA of two primes, ECDSA or Ed25519; lent.</param>
    /// <param name="subjectPublicKeyInfo">Its public half.</param>
    /// <exception cref="CryptographicException">Damaged, or of another kind.</exception>
    internal static KeyHandle Read(ReadOnlySpan<byte> pkcs8, ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        try
        {
            ValueAsnReader info = new ValueAsnReader(pkcs8).ReadSequence();
            info.SkipInteger();
            info.ReadSequence();
            ReadOnlySpan<byte> key = info.ReadOctetString();
            ValueAsnReader publicHalf = new ValueAsnReader(subjectPublicKeyInfo).ReadSequence();
            publicHalf.ReadSequence();
            ReadOnlySpan<byte> publicKey = publicHalf.ReadBitString();
            return KeyInfo.AlgorithmOfPkcs8(pkcs8) switch
            {
                KeyAlgorithm.Rsa => ReadRsa(new ValueAsnReader(key).ReadSequence()),
                KeyAlgorithm.EcdsaP256 => ReadEc("prime256v1\0"u8, new ValueAsnReader(key).ReadSequence(), publicKey),
                KeyAlgorithm.EcdsaP384 => ReadEc("secp384r1\0"u8, new ValueAsnReader(key).ReadSequence(), publicKey),
                KeyAlgorithm.Ed25519 => ReadEd25519(new ValueAsnReader(key).ReadOctetString(), publicKey),
                KeyAlgorithm other => throw new CryptographicException($"Keys of the kind {other} are not made of their numbers."),
            };
        }
        catch (AsnContentException problem)
        {
            throw new CryptographicException("The private key is damaged.", problem);
        }
    }

    // RSAPrivateKey (RFC 8017 §A.1.2): version, n, e, d, p, q, d mod p−1, d mod q−1, q⁻¹ mod p.
    private static KeyHandle ReadRsa(ValueAsnReader key)
    {
        const int count = 8;
        key.SkipInteger();
        using var numbers = new SecretBytes(8 * 1024);
        Span<byte> free = numbers.Span;
        Span<byte> names = stackalloc byte[RsaNames.Length];
        RsaNames.CopyTo(names);
        OsslParam* parameters = stackalloc OsslParam[count + 1];
        fixed (byte* name = names)
        {
            byte* next = name;
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> number = key.ReadIntegerBytes();
                number.CopyTo(free);
                free[..number.Length].Reverse(); // the machine's byte order
                fixed (byte* data = free) // pinned anyway
                    parameters[i] = new OsslParam { Key = next, DataType = OsslParam.UnsignedInteger, Data = data, DataSize = (nuint)number.Length };
                free = free[number.Length..];
                while (*next++ != 0)
                {
                }
            }
            parameters[count] = default;
            return FromData("RSA", parameters);
        }
    }

    // ECPrivateKey (RFC 5915 §3): version, privateKey, …
    private static KeyHandle ReadEc(ReadOnlySpan<byte> curve, ValueAsnReader key, ReadOnlySpan<byte> point)
    {
        key.SkipInteger();
        using SecretBytes scalar = SecretBytes.CopyOf(key.ReadOctetString());
        scalar.Span.Reverse();
        fixed (byte* groupKey = "group\0"u8, privateKey = "priv\0"u8, publicKey = "pub\0"u8, group = curve, number = scalar.Span, value = point)
        {
            OsslParam* parameters = stackalloc OsslParam[4];
            parameters[0] = new OsslParam { Key = groupKey, DataType = OsslParam.Utf8String, Data = group, DataSize = (nuint)curve.Length - 1 };
            parameters[1] = new OsslParam { Key = privateKey, DataType = OsslParam.UnsignedInteger, Data = number, DataSize = (nuint)scalar.Length };
            parameters[2] = new OsslParam { Key = publicKey, DataType = OsslParam.OctetString, Data = value, DataSize = (nuint)point.Length };
            parameters[3] = default;
            return FromData("EC", parameters);
        }
    }

    private static KeyHandle ReadEd25519(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> point)
    {
        fixed (byte* privateKey = "priv\0"u8, publicKey = "pub\0"u8, secret = seed, value = point)
        {
            OsslParam* parameters = stackalloc OsslParam[3];
            parameters[0] = new OsslParam { Key = privateKey, DataType = OsslParam.OctetString, Data = secret, DataSize = (nuint)seed.Length };
            parameters[1] = new OsslParam { Key = publicKey, DataType = OsslParam.OctetString, Data = value, DataSize = (nuint)point.Length };
            parameters[2] = default;
            return FromData("ED25519", parameters);
        }
    }

    private static KeyHandle FromData(string type, OsslParam* parameters)
    {
        const int keyPair = 0x87; // EVP_PKEY_KEYPAIR
        nint context = Native.EVP_PKEY_CTX_new_from_name(0, type, 0);
        nint key = 0;
        int done = 0;
        if (context != 0 && Native.EVP_PKEY_fromdata_init(context) == 1)
            done = Native.EVP_PKEY_fromdata(context, &key, keyPair, parameters);
        Native.EVP_PKEY_CTX_free(context);
        return done == 1 ? new KeyHandle(key) : throw LibcryptoError.Take("The private key is not valid");
    }
}
