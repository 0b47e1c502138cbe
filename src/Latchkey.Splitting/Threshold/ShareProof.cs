using System.Security.Cryptography;
using Latchkey.Crypto.Libcrypto;

namespace Latchkey.Splitting.Threshold;

/// <summary>
/// Shoup's proof that log_v v_i = log_x~ x_i², with x~ = x^(4Δ), without interaction: v' = v^r, x' = x~^r, c = H(…), z = s_i c + r. Numbers are squared, which takes away
/// signs. In his setting p and q are safe primes, and the proof convinces without more; an ordinary RSA key has small factors in p−1 and q−1, and the proof convinces as long as
/// nobody who lacks the factors can find elements of small order (docs/split-keys.md).
/// </summary>
internal static class ShareProof
{
    /// <summary>How much longer the random exponent is than what it hides: the challenge and 128 bits.</summary>
    private const int HidingSize = SHA256.HashSizeInBytes + 16;

    /// <summary>Bytes of z.</summary>
    public static int ResponseSize(ThresholdKey key) => key.ModulusLength + HidingSize + 1;

    public static (byte[] Challenge, byte[] Response) Make(ThresholdKey key, int number, Number share, Number message, Number power, Number modulus, Arithmetic arithmetic)
    {
        using var range = Number.Of([1, .. new byte[key.ModulusLength + HidingSize]]);
        using var random = Number.RandomBelow(range);
        using var verificationBase = Number.Of(key.Base);
        using var lifted = Lift(key, message, modulus, arithmetic);
        using var first = arithmetic.PowerOfSecret(verificationBase, random, modulus);
        using var second = arithmetic.PowerOfSecret(lifted, random, modulus);
        using var square = arithmetic.Multiply(power, power, modulus);
        var challenge = Challenge(key, number, lifted, square, first, second);
        using var factor = Number.Of(challenge);
        using var product = arithmetic.Multiply(share, factor);
        using var response = arithmetic.Add(product, random);
        return (challenge, response.ToArray(ResponseSize(key)));
    }

    public static bool Verify(ThresholdKey key, PartialSignature partial, Number message, Number modulus, Arithmetic arithmetic)
    {
        if (partial.Number < 1 || partial.Number > key.Count || partial.Power.Length != key.ModulusLength || partial.Response.Length != ResponseSize(key) || partial.Challenge.Length != SHA256.HashSizeInBytes)
            return false;
        using var power = Number.Of(partial.Power.Span);
        if (power.IsZero || !power.IsBelow(modulus))
            return false;
        using var verifier = Number.Of(key.Verifier(partial.Number));
        using var verificationBase = Number.Of(key.Base);
        using var lifted = Lift(key, message, modulus, arithmetic);
        using var square = arithmetic.Multiply(power, power, modulus);
        using var first = Undo(verificationBase, verifier, partial, modulus, arithmetic);
        using var second = Undo(lifted, square, partial, modulus, arithmetic);
        return first is not null && second is not null
            && Challenge(key, partial.Number, lifted, square, first, second).AsSpan().SequenceEqual(partial.Challenge.Span);
    }

    /// <summary>base^z · image^(−c), which of an honest prover is base^r.</summary>
    private static Number? Undo(Number @base, Number image, PartialSignature partial, Number modulus, Arithmetic arithmetic)
    {
        using var inverse = arithmetic.Invert(image, modulus);
        if (inverse is null)
            return null;
        using var response = Number.Of(partial.Response.Span);
        using var challenge = Number.Of(partial.Challenge.Span);
        using var one = arithmetic.Power(@base, response, modulus);
        using var other = arithmetic.Power(inverse, challenge, modulus);
        return arithmetic.Multiply(one, other, modulus);
    }

    private static Number Lift(ThresholdKey key, Number message, Number modulus, Arithmetic arithmetic)
    {
        using var exponent = (4 * key.Factorial).ToNumber();
        return arithmetic.Power(message, exponent, modulus);
    }

    private static byte[] Challenge(ThresholdKey key, int number, Number lifted, Number square, Number first, Number second)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("latchkey threshold proof"u8);
        hash.AppendData(key.Identifier.Span);
        hash.AppendData([(byte)number]);
        hash.AppendData(key.Base);
        hash.AppendData(key.Verifier(number));
        foreach (var value in (Number[])[lifted, square, first, second])
            hash.AppendData(value.ToArray(key.ModulusLength));
        return hash.GetHashAndReset();
    }
}
