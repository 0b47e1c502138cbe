using System.Numerics;

namespace Latchkey.Crypto;

/// <summary>
/// The finite-field groups: ffdhe of RFC 7919 appendix A, modp of RFC 3526. All are safe primes p with the generator 2, whose order is
/// (p − 1) / 2. The primes are computed from the formulas in the RFCs rather than typed in; a test compares them with libcrypto's.
/// </summary>
public static class FiniteFieldGroup
{
    /// <summary>dh_g of every group.</summary>
    public const byte Generator = 2;

    private static readonly Lazy<byte[]> P2048 = new(() => PrimeFrom(BitsOfE, 2048, 560316));
    private static readonly Lazy<byte[]> P3072 = new(() => PrimeFrom(BitsOfE, 3072, 2625351));
    private static readonly Lazy<byte[]> P4096 = new(() => PrimeFrom(BitsOfE, 4096, 5736041));
    private static readonly Lazy<byte[]> P6144 = new(() => PrimeFrom(BitsOfE, 6144, 15705020));
    private static readonly Lazy<byte[]> P8192 = new(() => PrimeFrom(BitsOfE, 8192, 10965728));
    private static readonly Lazy<byte[]> Modp3072 = new(() => PrimeFrom(BitsOfPi, 3072, 1690314));
    private static readonly Lazy<byte[]> Modp4096 = new(() => PrimeFrom(BitsOfPi, 4096, 240904));

    /// <summary>Whether <paramref name="group"/> is one of them.</summary>
    public static bool IsFiniteField(this NamedGroup group) =>
        group is >= NamedGroup.Ffdhe2048 and <= NamedGroup.Ffdhe8192 or NamedGroup.Modp3072 or NamedGroup.Modp4096;

    /// <summary>dh_p, big-endian, without a leading zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a finite-field group.</exception>
    public static ReadOnlySpan<byte> Prime(NamedGroup group) => group switch
    {
        NamedGroup.Ffdhe2048 => P2048.Value,
        NamedGroup.Ffdhe3072 => P3072.Value,
        NamedGroup.Ffdhe4096 => P4096.Value,
        NamedGroup.Ffdhe6144 => P6144.Value,
        NamedGroup.Ffdhe8192 => P8192.Value,
        NamedGroup.Modp3072 => Modp3072.Value,
        NamedGroup.Modp4096 => Modp4096.Value,
        _ => throw new ArgumentOutOfRangeException(nameof(group), group, "Not a finite-field group."),
    };

    /// <summary>
    /// RFC 7919 §5.1: 1 &lt; Y &lt; p − 1, which leaves out all elements of small order that a safe prime has. Whether Y lies in the half
    /// that 2 generates is not asked: outside it an exchange gives away one bit of a private value that serves only once.
    /// </summary>
    /// <param name="group">A finite-field group.</param>
    /// <param name="value">Big-endian, of the prime's length.</param>
    internal static bool IsInRange(NamedGroup group, ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> prime = Prime(group);
        int last = prime.Length - 1;
        bool aboveOne = value[..last].ContainsAnyExcept((byte)0) || value[last] > 1;
        // The last octet of every prime is 0xFF, so p − 1 differs from p there only.
        int head = value[..last].SequenceCompareTo(prime[..last]);
        return aboveOne && (head < 0 || (head == 0 && value[last] < prime[last] - 1));
    }

    // p = 2^n − 2^(n−64) − 1 + 2^64 · (⌊2^(n−130) · c⌋ + x), with c = e or π.
    private static byte[] PrimeFrom(Func<int, BigInteger> constant, int bits, int x)
    {
        BigInteger prime = (BigInteger.One << bits) - (BigInteger.One << (bits - 64)) - 1 + ((constant(bits - 130) + x) << 64);
        return prime.ToByteArray(isUnsigned: true, isBigEndian: true);
    }

    private const int GuardBits = 64;

    /// <summary>⌊2^<paramref name="bits"/> · e⌋: the sum of 1/k!.</summary>
    private static BigInteger BitsOfE(int bits)
    {
        BigInteger sum = 0;
        BigInteger term = BigInteger.One << (bits + GuardBits);
        for (int k = 1; !term.IsZero; k++)
        {
            sum += term;
            term /= k;
        }
        return sum >> GuardBits;
    }

    /// <summary>⌊2^<paramref name="bits"/> · π⌋ by Machin: π = 16 arctan(1/5) − 4 arctan(1/239).</summary>
    private static BigInteger BitsOfPi(int bits)
    {
        BigInteger one = BigInteger.One << (bits + GuardBits);
        return ((16 * ArcTanOfInverse(5)) - (4 * ArcTanOfInverse(239))) >> GuardBits;

        BigInteger ArcTanOfInverse(int n)
        {
            BigInteger sum = 0;
            BigInteger power = one / n;
            for (int k = 1; !power.IsZero; k += 2)
            {
                sum += k % 4 == 1 ? power / k : -(power / k);
                power /= n * n;
            }
            return sum;
        }
    }
}
