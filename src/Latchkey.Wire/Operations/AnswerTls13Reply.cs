namespace Latchkey.Wire.Operations;

/// <summary>The result of <see cref="Opcode.AnswerTls13"/>. Spans are lent.</summary>
public readonly ref struct AnswerTls13Reply
{
    /// <summary>Of CertificateVerify.</summary>
    public required ReadOnlySpan<byte> Signature { get; init; }

    /// <summary>Share and secrets.</summary>
    public required Tls13AnswerFields Answer { get; init; }

    /// <summary>Appends the fields.</summary>
    public void Write(ref FieldWriter writer)
    {
        writer.Vector16(Signature);
        Answer.Write(ref writer);
    }

    /// <summary>Reads a payload. False: the key server broke the protocol.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out AnswerTls13Reply reply)
    {
        var reader = new FieldReader(payload);
        reply = new AnswerTls13Reply { Signature = reader.Vector16(), Answer = Tls13AnswerFields.Read(ref reader) };
        return reader.IsComplete && !reply.Signature.IsEmpty && reply.Answer.IsDefined;
    }
}
