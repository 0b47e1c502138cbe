namespace Latchkey.Wire.Operations;

/// <summary>The result of <see cref="Opcode.VerifyFinished"/>. Spans are lent.</summary>
public readonly ref struct VerifyFinishedReply
{
    /// <summary>Whether the client's Finished is right.</summary>
    public required bool IsRight { get; init; }

    /// <summary>Tickets, each as <see cref="Tls13TicketFields"/>; none where the Finished is wrong.</summary>
    public required ReadOnlySpan<byte> Tickets { get; init; }

    /// <summary>Appends the fields.</summary>
    public void Write(ref FieldWriter writer)
    {
        writer.UInt8(IsRight ? (byte)1 : (byte)0);
        writer.Vector16(Tickets);
    }

    /// <summary>Reads a payload. False: the key server broke the protocol.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out VerifyFinishedReply reply)
    {
        var reader = new FieldReader(payload);
        var verdict = reader.UInt8();
        reply = new VerifyFinishedReply { IsRight = verdict == 1, Tickets = reader.Vector16() };
        return reader.IsComplete && verdict <= 1 && Tls13TicketFields.AreWellFormed(reply.Tickets);
    }
}
