namespace Latchkey.Crypto.Libcrypto;

/// <summary>Public values: those of pairs of ours, those of peers, and those that are to be signed or passed on without an exchange.</summary>
internal static unsafe class LibcryptoPublicValue
{
    // Copying a pair's parameters is cheaper than naming the group anew each time; the pairs are never used for anything else.
    private static readonly KeyHandle P256 = KeyPairTemplate.P256.Generate();
    private static readonly KeyHandle P384 = KeyPairTemplate.P384.Generate();

    internal static bool IsValid(NamedGroup group, ReadOnlySpan<byte> publicValue) => group switch
    {
        NamedGroup.Secp256r1 => group.HasRightForm(publicValue) && IsOnCurve(P256, publicValue),
        NamedGroup.Secp384r1 => group.HasRightForm(publicValue) && IsOnCurve(P384, publicValue),
        // RFC 7748 §5: every string of 32 octets is a u-coordinate. In a finite field the range is all there is to check.
        _ => (group == NamedGroup.X25519 || group.IsFiniteField()) && group.HasRightForm(publicValue),
    };

    /// <summary>A peer's value as a key of the group of <paramref name="pair"/>; null where libcrypto finds that it is none (a point off the
    /// curve, a number out of range).</summary>
    // Copying the pair's parameters spares building the group again.
    internal static KeyHandle? Read(KeyHandle pair, ReadOnlySpan<byte> value)
    {
        var peer = new KeyHandle(Native.EVP_PKEY_new());
        fixed (byte* pointer = value)
        {
            if (Native.EVP_PKEY_copy_parameters(peer.Pointer, pair.Pointer) == 1
                && Native.EVP_PKEY_set1_encoded_public_key(peer.Pointer, pointer, (nuint)value.Length) == 1)
                return peer;
        }
        LibcryptoError.Clear();
        peer.Dispose();
        return null;
    }

    /// <summary>The public half of a pair in TLS' form, of the group's full length; the caller owns the array.</summary>
    internal static byte[] Of(KeyHandle pair, NamedGroup group)
    {
        nint encoded = 0;
        nuint length = Native.EVP_PKEY_get1_encoded_public_key(pair.Pointer, &encoded);
        try
        {
            if ((int)length != group.PublicValueSize())
                throw LibcryptoError.Take("Encoding a public value failed");
            return new ReadOnlySpan<byte>((void*)encoded, (int)length).ToArray();
        }
        finally
        {
            Native.CRYPTO_free(encoded, 0, 0);
        }
    }

    private static bool IsOnCurve(KeyHandle group, ReadOnlySpan<byte> point)
    {
        using KeyHandle? key = Read(group, point);
        return key is not null;
    }
}
