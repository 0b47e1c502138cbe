namespace Latchkey.Crypto.Libcrypto;

/// <summary>Private values of key exchanges, out of libcrypto and, in a finite field, back into it.</summary>
internal static unsafe class LibcryptoPrivateValue
{
    /// <summary>Bytes of a finite field's: they are at most twice the strength of the strongest group and then some, 400 bits (RFC 7919 §5.2).</summary>
    private const int FiniteFieldSize = 64;

    /// <summary>Of a pair; the caller owns it.</summary>
    internal static SecretBytes Of(KeyHandle pair, NamedGroup group)
    {
        var value = new SecretBytes(group.IsFiniteField() ? FiniteFieldSize : group.SecretSize());
        int done = group == NamedGroup.X25519 ? CopyRaw(pair, value) : CopyNumber(pair, value);
        GC.KeepAlive(pair);
        if (done == 1)
            return value;
        value.Dispose();
        throw LibcryptoError.Take("Exporting a private value failed");
    }

    /// <summary>A key of a finite field that has a private value and no public one.</summary>
    internal static KeyHandle Read(NamedGroup group, ReadOnlySpan<byte> value)
    {
        // libcrypto takes numbers in the machine's byte order; every machine it is used on here is little-endian.
        using SecretBytes number = SecretBytes.CopyOf(value);
        number.Span.Reverse();
        ReadOnlySpan<byte> name = KeyPairTemplate.NameOf(group);
        nint context = Native.EVP_PKEY_CTX_new_from_name(0, "DH", 0);
        nint key = 0;
        int done = 0;
        fixed (byte* groupKey = "group\0"u8, privateKey = "priv\0"u8, groupName = name, bytes = number.Span)
        {
            OsslParam* parameters = stackalloc OsslParam[3];
            parameters[0] = new OsslParam { Key = groupKey, DataType = OsslParam.Utf8String, Data = groupName, DataSize = (nuint)name.Length };
            parameters[1] = new OsslParam { Key = privateKey, DataType = OsslParam.UnsignedInteger, Data = bytes, DataSize = (nuint)number.Length };
            parameters[2] = default;
            const int keyPair = 0x87; // EVP_PKEY_KEYPAIR
            if (context != 0 && Native.EVP_PKEY_fromdata_init(context) == 1)
                done = Native.EVP_PKEY_fromdata(context, &key, keyPair, parameters);
        }
        Native.EVP_PKEY_CTX_free(context);
        return done == 1 ? new KeyHandle(key) : throw LibcryptoError.Take($"Reading a private value of {group} failed");
    }

    private static int CopyRaw(KeyHandle pair, SecretBytes value)
    {
        nuint length = (nuint)value.Length;
        fixed (byte* pointer = value.Span)
            return Native.EVP_PKEY_get_raw_private_key(pair.Pointer, pointer, &length) == 1 && length == (nuint)value.Length ? 1 : 0;
    }

    private static int CopyNumber(KeyHandle pair, SecretBytes value)
    {
        nint number = 0;
        if (Native.EVP_PKEY_get_bn_param(pair.Pointer, "priv", &number) != 1)
            return 0;
        fixed (byte* pointer = value.Span)
        {
            int written = Native.BN_bn2binpad(number, pointer, value.Length);
            Native.BN_clear_free(number);
            return written == value.Length ? 1 : 0;
        }
    }
}
