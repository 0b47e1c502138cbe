namespace Latchkey.Wire.Operations;

/// <summary>The arguments of <see cref="Opcode.VerifyFinished"/> (catalogue F2). Spans are lent.</summary>
public readonly ref struct VerifyFinishedRequest
{
    /// <summary>From the answer to <see cref="Opcode.AnswerTls13"/>.</summary>
    public required ReadOnlySpan<byte> State { get; init; }

    /// <summary>All messages before the client's Finished, from ClientHello (message_hash) on, with their headers.</summary>
    public required ReadOnlySpan<byte> Transcript { get; init; }

    /// <summary>The client's verify_data.</summary>
    public required ReadOnlySpan<byte> VerifyData { get; init; }

    /// <summary>Appends the fields.</summary>
    public void Write(ref FieldWriter writer)
    {
        writer.Vector16(State);
        writer.Vector16(Transcript);
        writer.Vector8(VerifyData);
    }

    /// <summary>Reads a payload. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out VerifyFinishedRequest request)
    {
        var reader = new FieldReader(payload);
        request = new VerifyFinishedRequest { State = reader.Vector16(), Transcript = reader.Vector16(), VerifyData = reader.Vector8() };
        return reader.IsComplete;
    }
}
