namespace Latchkey.Wire.Operations;

/// <summary>The result of <see cref="Opcode.ResumeTls13"/>. Spans are lent.</summary>
public readonly ref struct ResumeTls13Reply
{
    /// <summary>Share and secrets.</summary>
    public required Tls13AnswerFields Answer { get; init; }

    /// <summary>With a ticket: the session that goes on, as a session state with zeros in the place of its secret; empty with an external key.</summary>
    public required ReadOnlySpan<byte> Session { get; init; }

    /// <summary>Appends the fields.</summary>
    public void Write(ref FieldWriter writer)
    {
        Answer.Write(ref writer);
        writer.Vector16(Session);
    }

    /// <summary>Reads a payload. False: the key server broke the protocol.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ResumeTls13Reply reply)
    {
        var reader = new FieldReader(payload);
        reply = new ResumeTls13Reply { Answer = Tls13AnswerFields.Read(ref reader), Session = reader.Vector16() };
        return reader.IsComplete && reply.Answer.IsDefined;
    }
}
