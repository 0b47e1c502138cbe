using System.Buffers.Binary;

namespace Latchkey.Splitting.Shamir;

/// <summary>
/// GF(2⁸) with AES' polynomial x⁸+x⁴+x³+x+1. Factors are public (they follow from the parts' numbers); what they are multiplied with is secret, so that there are no
/// tables and no branches on it: time depends on lengths and factors alone.
/// </summary>
internal static class ByteField
{
    private const ulong LowBits = 0x0101_0101_0101_0101;

    /// <summary>target ← target + factor · source, byte by byte.</summary>
    public static void AddProduct(Span<byte> target, ReadOnlySpan<byte> source, byte factor)
    {
        var whole = source.Length & ~7;
        for (var i = 0; i < whole; i += 8)
        {
            var sum = BinaryPrimitives.ReadUInt64LittleEndian(target[i..]) ^ Product(BinaryPrimitives.ReadUInt64LittleEndian(source[i..]), factor);
            BinaryPrimitives.WriteUInt64LittleEndian(target[i..], sum);
        }
        for (var i = whole; i < source.Length; i++)
            target[i] ^= (byte)Product(source[i], factor);
    }

    /// <summary>a · b.</summary>
    public static byte Multiply(byte a, byte b) => (byte)Product(a, b);

    /// <summary>1/a = a²⁵⁴; of 0 it is 0.</summary>
    public static byte Invert(byte a)
    {
        byte result = 1;
        for (var i = 0; i < 254; i++)
            result = Multiply(result, a);
        return result;
    }

    // Eight bytes at once: for each bit of theirs, a mask of ones where it is set, and the factor times that power of x.
    private static ulong Product(ulong bytes, byte factor)
    {
        ulong product = 0;
        uint power = factor;
        for (var bit = 0; bit < 8; bit++)
        {
            var set = ((bytes >> bit) & LowBits) * 0xFF;
            product ^= set & (power * LowBits);
            power = ((power << 1) ^ ((power >> 7) * 0x1B)) & 0xFF;
        }
        return product;
    }
}
