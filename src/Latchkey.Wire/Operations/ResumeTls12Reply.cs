namespace Latchkey.Wire.Operations;

/// <summary>Result of <see cref="Opcode.ResumeTls12"/>; secret. Spans are lent.</summary>
public readonly ref struct ResumeTls12Reply
{
    /// <summary>The session that goes on, as a session state with zeros in the place of its secret; with a new ticket, as of the ticket's issue.</summary>
    public required ReadOnlySpan<byte> Session { get; init; }

    /// <summary>Keys, Finished values and the new ticket.</summary>
    public required SessionKeysReply Keys { get; init; }

    /// <summary>Reads the result. False: it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ResumeTls12Reply reply)
    {
        var fields = new FieldReader(payload);
        var session = fields.Vector16();
        var keys = SessionKeysReply.Read(ref fields);
        reply = new ResumeTls12Reply { Session = session, Keys = keys };
        return fields.IsComplete && !session.IsEmpty && !keys.KeyBlock.IsEmpty;
    }

    /// <summary>Writes the result.</summary>
    public void Write(ref FieldWriter fields)
    {
        fields.Vector16(Session);
        Keys.Write(ref fields);
    }
}
