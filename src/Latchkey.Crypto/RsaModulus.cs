namespace Latchkey.Crypto;

/// <summary>The public modulus, big-endian without leading zeros.</summary>
internal static class RsaModulus
{
    /// <summary>Reads the modulus of an RSA SubjectPublicKeyInfo that has been checked before (<see cref="KeyInfo"/>).</summary>
    internal static byte[] Of(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        ValueAsnReader sequence = new ValueAsnReader(subjectPublicKeyInfo).ReadSequence();
        sequence.ReadSequence();
        return new ValueAsnReader(sequence.ReadBitString()).ReadSequence().ReadIntegerBytes().TrimStart((byte)0).ToArray();
    }

    /// <summary>Right length and below the modulus; both are public facts about a ciphertext.</summary>
    internal static bool IsCiphertext(ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> modulus) =>
        ciphertext.Length == modulus.Length && ciphertext.SequenceCompareTo(modulus) < 0;
}
