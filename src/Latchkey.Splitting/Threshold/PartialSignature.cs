using Latchkey.Wire;

namespace Latchkey.Splitting.Threshold;

/// <summary>What one share makes of a message: x_i, and the proof that it was made with that share. Nothing in it is secret.</summary>
/// <param name="Number">Whose.</param>
/// <param name="Power">x_i = x^(2Δ s_i), as long as the modulus.</param>
/// <param name="Challenge">c, 32 bytes.</param>
/// <param name="Response">z = s_i c + r.</param>
public sealed record PartialSignature(int Number, ReadOnlyMemory<byte> Power, ReadOnlyMemory<byte> Challenge, ReadOnlyMemory<byte> Response)
{
    /// <summary>As it travels.</summary>
    public byte[] Encode()
    {
        var fields = new FieldWriter(Power.Length + Challenge.Length + Response.Length + 16);
        fields.UInt8((byte)Number);
        fields.Vector16(Power.Span);
        fields.Vector8(Challenge.Span);
        fields.Vector16(Response.Span);
        return fields.Written.ToArray();
    }

    /// <summary>null: it is none.</summary>
    public static PartialSignature? TryDecode(ReadOnlySpan<byte> encoded)
    {
        var fields = new FieldReader(encoded);
        var partial = new PartialSignature(fields.UInt8(), fields.Vector16().ToArray(), fields.Vector8().ToArray(), fields.Vector16().ToArray());
        return fields.IsComplete ? partial : null;
    }
}
