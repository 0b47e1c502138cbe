using System.Buffers.Binary;
using Latchkey.Crypto;

namespace Latchkey.Tls.Messages;

/// <summary>ServerDHParams, RFC 5246 §7.4.3: dh_p, dh_g, dh_Ys, each with two bytes of length. Public because a key server reads what it is asked to sign (X4).</summary>
public static class ServerDhParameters
{
    private const int LengthSize = 2;

    private static readonly NamedGroup[] Groups =
    [
        NamedGroup.Ffdhe2048, NamedGroup.Ffdhe3072, NamedGroup.Ffdhe4096, NamedGroup.Ffdhe6144, NamedGroup.Ffdhe8192, NamedGroup.Modp3072, NamedGroup.Modp4096,
    ];

    /// <summary>Prime and generator of the group, then the public value; the caller owns the array.</summary>
    /// <param name="publicValue">Of the prime's length: some stacks take nothing shorter.</param>
    public static byte[] Encode(NamedGroup group, ReadOnlySpan<byte> publicValue)
    {
        var prime = FiniteFieldGroup.Prime(group);
        ArgumentOutOfRangeException.ThrowIfNotEqual(publicValue.Length, prime.Length, nameof(publicValue));
        var encoded = new byte[SizeFor(prime)];
        var rest = Write(encoded, prime);
        rest = Write(rest, [FiniteFieldGroup.Generator]);
        Write(rest, publicValue);
        return encoded;
    }

    /// <summary>
    /// Reads them strictly: exactly the prime and generator of a group we serve, a public value at the prime's length, and nothing else.
    /// A prime of the peer's choice could be one in which everybody computes logarithms (attack 18). Whether the value is in range is the
    /// provider's to say: <see cref="CryptoProvider.IsPublicValue"/>.
    /// </summary>
    /// <returns>false where these are no such parameters.</returns>
    public static bool TryParse(ReadOnlySpan<byte> encoded, out NamedGroup group, out ReadOnlySpan<byte> publicValue)
    {
        foreach (var candidate in Groups)
        {
            var prime = FiniteFieldGroup.Prime(candidate);
            if (encoded.Length != SizeFor(prime) || !IsPrefix(encoded, prime))
                continue;
            group = candidate;
            publicValue = encoded[^prime.Length..];
            return true;
        }

        group = default;
        publicValue = default;
        return false;
    }

    private static bool IsPrefix(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> prime) =>
        TakeNumber(ref encoded).SequenceEqual(prime)
        && TakeNumber(ref encoded) is [FiniteFieldGroup.Generator]
        && BinaryPrimitives.ReadUInt16BigEndian(encoded) == prime.Length;

    /// <summary>Empty where the length is not what a number of these groups can have; the size as a whole has been checked.</summary>
    private static ReadOnlySpan<byte> TakeNumber(ref ReadOnlySpan<byte> encoded)
    {
        int length = BinaryPrimitives.ReadUInt16BigEndian(encoded);
        if (length > encoded.Length - (2 * LengthSize))
            return default;
        var number = encoded.Slice(LengthSize, length);
        encoded = encoded[(LengthSize + length)..];
        return number;
    }

    private static int SizeFor(ReadOnlySpan<byte> prime) => LengthSize + prime.Length + LengthSize + 1 + LengthSize + prime.Length;

    private static Span<byte> Write(Span<byte> destination, ReadOnlySpan<byte> number)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)number.Length);
        number.CopyTo(destination[LengthSize..]);
        return destination[(LengthSize + number.Length)..];
    }
}
