using System.Formats.Asn1;

namespace Latchkey.Crypto.SystemCryptography;

/// <summary>TLS' form of an ECDSA signature, DER SEQUENCE {r, s}, read strictly.</summary>
internal static class EcdsaSignatureForm
{
    /// <summary>Writes r ‖ s, each half of <paramref name="destination"/>; false where the signature is not strict DER.</summary>
    internal static bool TryConcatenate(ReadOnlySpan<byte> der, Span<byte> destination)
    {
        int half = destination.Length / 2;
        try
        {
            var outer = new ValueAsnReader(der);
            ValueAsnReader sequence = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            bool done = TryWrite(sequence.ReadIntegerBytes(), destination[..half]) && TryWrite(sequence.ReadIntegerBytes(), destination[half..]);
            sequence.ThrowIfNotEmpty();
            return done;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static bool TryWrite(ReadOnlySpan<byte> integer, Span<byte> destination)
    {
        bool negative = integer[0] >= 0x80;
        ReadOnlySpan<byte> digits = integer.TrimStart((byte)0);
        if (negative || digits.Length > destination.Length)
            return false;
        destination.Clear();
        digits.CopyTo(destination[(destination.Length - digits.Length)..]);
        return true;
    }
}
