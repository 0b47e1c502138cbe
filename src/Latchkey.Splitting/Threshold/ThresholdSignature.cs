using System.Numerics;
using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Crypto.Libcrypto;

namespace Latchkey.Splitting.Threshold;

/// <summary>
/// Combines partial signatures. What comes out is verified with the public key by whoever uses it; where that fails, <see cref="IsProved"/> tells whose part was wrong (attack 17).
/// Everything here is public.
/// </summary>
public static class ThresholdSignature
{
    /// <summary>
    /// With the weights of Lagrange's formula, made integers by Δ: w = ∏ x_i^(2λ_i) = x^(4Δ²d), so that w^e = x^(4Δ²); as e and 4Δ² have no common divisor, a·4Δ² + b·e = 1
    /// gives the signature w^a · x^b.
    /// </summary>
    /// <param name="partials">As many as the threshold says, of different numbers.</param>
    /// <returns>null: some number is none that could be combined. Not verified.</returns>
    public static byte[]? Combine(ThresholdKey key, SignatureScheme scheme, ReadOnlySpan<byte> message, IReadOnlyCollection<PartialSignature> partials)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (partials.Count != key.Threshold || partials.DistinctBy(partial => partial.Number).Count() != key.Threshold || partials.Any(partial => partial.Number < 1 || partial.Number > key.Count))
            throw new ArgumentException($"{partials.Count} partial signatures where {key.Threshold} of different shares are needed.", nameof(partials));
        using var arithmetic = new Arithmetic();
        using var modulus = Number.Of(key.Modulus);
        using var encoded = Number.Of(EncodedMessage.Of(scheme, message, key));
        var product = Number.Of(1);
        try
        {
            foreach (var partial in partials)
            {
                using var power = Number.Of(partial.Power.Span);
                using var weighted = Power(power, 2 * WeightAtZero(key, partial.Number, partials), modulus, arithmetic);
                if (weighted is null)
                    return null;
                using var before = product;
                product = arithmetic.Multiply(before, weighted, modulus);
            }
            var (a, b) = Bezout(4 * key.Factorial * key.Factorial, Exponent(key));
            using var left = Power(product, a, modulus, arithmetic);
            using var right = Power(encoded, b, modulus, arithmetic);
            if (left is null || right is null)
                return null;
            using var signature = arithmetic.Multiply(left, right, modulus);
            return signature.ToArray(key.ModulusLength);
        }
        finally
        {
            product.Dispose();
        }
    }

    /// <summary>Whether a partial signature carries a proof that the share of its number made it. Costs about as much as making one.</summary>
    public static bool IsProved(ThresholdKey key, SignatureScheme scheme, ReadOnlySpan<byte> message, PartialSignature partial)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(partial);
        using var arithmetic = new Arithmetic();
        using var modulus = Number.Of(key.Modulus);
        using var encoded = Number.Of(EncodedMessage.Of(scheme, message, key));
        return ShareProof.Verify(key, partial, encoded, modulus, arithmetic);
    }

    /// <exception cref="CryptographicException">The public exponent has a divisor up to n, as 3 has among three.</exception>
    internal static void RequireUsable(ThresholdKey key)
    {
        if (!BigInteger.GreatestCommonDivisor(Exponent(key), key.Factorial * 2).IsOne)
            throw new CryptographicException($"The RSA key's public exponent {Exponent(key)} is too small for {key.Count} shares (expected a prime above that, as 65537).");
    }

    private static BigInteger Exponent(ThresholdKey key) => new(key.Exponent, isUnsigned: true, isBigEndian: true);

    // λ_i = Δ ∏ j / (j − i) over the others: an integer, because Δ = n! makes up for every denominator.
    private static BigInteger WeightAtZero(ThresholdKey key, int number, IReadOnlyCollection<PartialSignature> partials)
    {
        var numerator = key.Factorial;
        var denominator = BigInteger.One;
        foreach (var other in partials.Where(other => other.Number != number))
        {
            numerator *= other.Number;
            denominator *= other.Number - number;
        }
        return numerator / denominator;
    }

    private static Number? Power(Number number, BigInteger exponent, Number modulus, Arithmetic arithmetic)
    {
        using var inverse = exponent.Sign < 0 ? arithmetic.Invert(number, modulus) : null;
        if (exponent.Sign < 0 && inverse is null)
            return null;
        using var size = BigInteger.Abs(exponent).ToNumber();
        return arithmetic.Power(inverse ?? number, size, modulus);
    }

    /// <summary>a·x + b·y = 1.</summary>
    private static (BigInteger A, BigInteger B) Bezout(BigInteger x, BigInteger y)
    {
        var (a, nextA, b, nextB) = (BigInteger.One, BigInteger.Zero, BigInteger.Zero, BigInteger.One);
        while (!y.IsZero)
        {
            var quotient = BigInteger.DivRem(x, y, out var rest);
            (x, y) = (y, rest);
            (a, nextA) = (nextA, a - (quotient * nextA));
            (b, nextB) = (nextB, b - (quotient * nextB));
        }
        return (a, b);
    }
}
