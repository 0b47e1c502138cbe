namespace Latchkey.Crypto.Libcrypto;

/// <summary>Checks public values that are to be signed or passed on, without an exchange.</summary>
internal static unsafe class LibcryptoPublicValue
{
    // Copying a pair's parameters is cheaper than naming the group anew each time; the pairs are never used for anything else.
    private static readonly KeyHandle P256 = KeyPairTemplate.P256.Generate();
    private static readonly KeyHandle P384 = KeyPairTemplate.P384.Generate();

    internal static bool IsValid(NamedGroup group, ReadOnlySpan<byte> publicValue) => group switch
    {
        // RFC 7748 §5: every string of 32 octets is a u-coordinate.
        NamedGroup.X25519 => group.HasRightForm(publicValue),
        NamedGroup.Secp256r1 => group.HasRightForm(publicValue) && IsOnCurve(P256, publicValue),
        NamedGroup.Secp384r1 => group.HasRightForm(publicValue) && IsOnCurve(P384, publicValue),
        _ => false,
    };

    private static bool IsOnCurve(KeyHandle group, ReadOnlySpan<byte> point)
    {
        using var key = new KeyHandle(Native.EVP_PKEY_new());
        bool good;
        fixed (byte* pointer = point)
        {
            good = Native.EVP_PKEY_copy_parameters(key.Pointer, group.Pointer) == 1
                && Native.EVP_PKEY_set1_encoded_public_key(key.Pointer, pointer, (nuint)point.Length) == 1;
        }
        if (!good)
            LibcryptoError.Clear();
        return good;
    }
}
