using System.Numerics;
using Latchkey.Crypto.Libcrypto;

namespace Latchkey.Splitting.Threshold;

/// <summary>From the base library's numbers, which hold what is public, to libcrypto's.</summary>
internal static class BigIntegers
{
    /// <summary>Of a number that is not negative.</summary>
    public static Number ToNumber(this BigInteger value) => Number.Of(value.ToByteArray(isUnsigned: true, isBigEndian: true));
}
