using Latchkey.Crypto;

namespace Latchkey.Splitting.Shamir;

/// <summary>
/// Shamir's scheme over <see cref="ByteField"/>: each byte of the secret is the constant term of a random polynomial of degree k−1, and share x holds the polynomials' values
/// at x. Any k shares give the secret; k−1 are independent of it.
/// </summary>
internal static class ShamirShares
{
    /// <summary>Makes the shares of numbers 1 to <paramref name="count"/>; the caller owns them.</summary>
    public static SecretBytes[] Make(ReadOnlySpan<byte> secret, int threshold, int count)
    {
        var shares = new SecretBytes[count];
        for (var x = 1; x <= count; x++)
            shares[x - 1] = SecretBytes.CopyOf(secret);
        for (var degree = 1; degree < threshold; degree++)
        {
            using var coefficients = SecretBytes.Random(secret.Length);
            for (var x = 1; x <= count; x++)
                ByteField.AddProduct(shares[x - 1].Span, coefficients.Span, Power((byte)x, degree));
        }
        return shares;
    }

    /// <summary>The secret; the caller owns it. As many shares as the threshold says, of one length, with different numbers.</summary>
    public static SecretBytes Join(IReadOnlyList<(byte Number, SecretBytes Value)> shares)
    {
        var secret = new SecretBytes(shares[0].Value.Length);
        foreach (var (number, value) in shares)
            ByteField.AddProduct(secret.Span, value.Span, WeightAtZero(number, shares));
        return secret;
    }

    // Lagrange: ∏ x_j / (x_j − x_i) over the other shares; subtraction is exclusive or.
    private static byte WeightAtZero(byte number, IReadOnlyList<(byte Number, SecretBytes Value)> shares)
    {
        byte weight = 1;
        foreach (var (other, _) in shares)
        {
            if (other != number)
                weight = ByteField.Multiply(weight, ByteField.Multiply(other, ByteField.Invert((byte)(other ^ number))));
        }
        return weight;
    }

    private static byte Power(byte x, int exponent)
    {
        byte power = 1;
        for (var i = 0; i < exponent; i++)
            power = ByteField.Multiply(power, x);
        return power;
    }
}
