using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Crypto.Libcrypto;

namespace Latchkey.Splitting.Threshold;

/// <summary>
/// Shares the private exponent of an RSA key: s_i = f(i) mod φ(N), f a random polynomial of degree k−1 with f(0) = d. Any RSA key will do, also one that is in use, with the
/// certificate it has.
/// </summary>
/// <remarks>
/// φ(N) has small factors, so i−j need not be invertible modulo it as in Shoup's setting of safe primes. That costs nothing in use, because Lagrange's coefficients are multiplied
/// by Δ = n! and integers; and k−1 shares still tell of d no more than d modulo divisors g of φ(N) with small factors only, which is e⁻¹ mod g and so known to whoever knows
/// that g divides φ(N). φ(N) rather than λ(N), whose size would show in the shares' and tell gcd(p−1, q−1).
/// </remarks>
public static class ThresholdDealer
{
    /// <summary>Makes shares 1 to <paramref name="count"/>; the caller owns them.</summary>
    /// <param name="pkcs8">The RSA key; lent.</param>
    /// <param name="subjectPublicKeyInfo">Its public half.</param>
    /// <param name="threshold">Shares that sign together, at least 2.</param>
    /// <param name="count">At most <see cref="ThresholdKey.MaxCount"/>.</param>
    /// <exception cref="CryptographicException">Not an RSA key that can be shared; the message says why.</exception>
    public static IReadOnlyList<ThresholdShare> Split(ReadOnlySpan<byte> pkcs8, ReadOnlySpan<byte> subjectPublicKeyInfo, int threshold, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, ThresholdKey.MaxCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, count);
        var (modulusBytes, exponentBytes) = RsaNumbers.OfPublic(subjectPublicKeyInfo);
        using var arithmetic = new Arithmetic();
        using var modulus = Number.Of(modulusBytes);
        using var order = Order(pkcs8, modulus, arithmetic);
        using var exponent = Number.Of(exponentBytes);
        using var privateExponent = (arithmetic.Invert(exponent, order) ?? throw new CryptographicException("The RSA key's exponents do not belong together.")).MarkSecret();
        var shares = Evaluate(privateExponent, order, threshold, count, modulusBytes.Length, arithmetic);
        return Publish(shares, subjectPublicKeyInfo, threshold, modulus, modulusBytes.Length, arithmetic);
    }

    /// <summary>φ(N) = (p−1)(q−1).</summary>
    private static Number Order(ReadOnlySpan<byte> pkcs8, Number modulus, Arithmetic arithmetic)
    {
        RsaNumbers.ReadPrimes(pkcs8, out var pBytes, out var qBytes);
        using var one = Number.Of(1);
        using var p = Number.OfSecret(pBytes);
        using var q = Number.OfSecret(qBytes);
        using var product = arithmetic.Multiply(p, q);
        if (product.IsBelow(modulus) || modulus.IsBelow(product))
            throw new CryptographicException("The private key is damaged: its primes are not those of its modulus.");
        using var p1 = arithmetic.Subtract(p, one);
        using var q1 = arithmetic.Subtract(q, one);
        return arithmetic.Multiply(p1, q1).MarkSecret();
    }

    private static SecretBytes[] Evaluate(Number secret, Number order, int threshold, int count, int length, Arithmetic arithmetic)
    {
        var coefficients = Enumerable.Range(1, threshold - 1).Select(_ => Number.RandomBelow(order)).ToArray();
        var shares = new SecretBytes[count];
        for (var i = 1; i <= count; i++)
        {
            using var x = Number.Of((ulong)i);
            var value = Number.Of(0);
            foreach (var coefficient in coefficients.Reverse().Append(secret)) // Horner
            {
                using var product = arithmetic.Multiply(value, x, order);
                using var sum = arithmetic.Add(product, coefficient);
                value.Dispose();
                value = arithmetic.Remainder(sum, order);
            }
            using (value)
                value.Write((shares[i - 1] = new SecretBytes(length)).Span);
        }
        Array.ForEach(coefficients, coefficient => coefficient.Dispose());
        return shares;
    }

    private static ThresholdShare[] Publish(SecretBytes[] shares, ReadOnlySpan<byte> subjectPublicKeyInfo, int threshold, Number modulus, int length, Arithmetic arithmetic)
    {
        using var random = Number.RandomBelow(modulus);
        using var verificationBase = arithmetic.Multiply(random, random, modulus); // a square, as all that is proved about
        var verifiers = new byte[shares.Length][];
        for (var i = 0; i < shares.Length; i++)
        {
            using var share = Number.OfSecret(shares[i].Span);
            using var verifier = arithmetic.PowerOfSecret(verificationBase, share, modulus);
            verifiers[i] = verifier.ToArray(length);
        }
        var key = new ThresholdKey(threshold, subjectPublicKeyInfo, verificationBase.ToArray(length), verifiers);
        ThresholdSignature.RequireUsable(key);
        return [.. shares.Select((share, i) => new ThresholdShare(key, i + 1, share))];
    }
}
