namespace Latchkey.Wire.Operations;

/// <summary>The arguments of <see cref="Opcode.ResumeTls13"/> (catalogue X2, R4, G4). Spans are lent.</summary>
public readonly ref struct ResumeTls13Request
{
    /// <summary>The flight.</summary>
    public required Tls13QuestionFields Question { get; init; }

    /// <summary>Which pre-shared keys may be meant.</summary>
    public required Tls13KeyKind Kind { get; init; }

    /// <summary>Index among the identities of the ClientHello.</summary>
    public required ushort Identity { get; init; }

    /// <summary>Appends the fields.</summary>
    public void Write(ref FieldWriter writer)
    {
        Question.Write(ref writer);
        writer.UInt8((byte)Kind);
        writer.UInt16(Identity);
    }

    /// <summary>Reads a payload. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ResumeTls13Request request)
    {
        var reader = new FieldReader(payload);
        var question = Tls13QuestionFields.Read(ref reader);
        request = new ResumeTls13Request { Question = question, Kind = (Tls13KeyKind)reader.UInt8(), Identity = reader.UInt16() };
        return reader.IsComplete && question.IsDefined && question.Level >= Tls13Level.HandshakeSecret && request.Kind <= Tls13KeyKind.External
            // A ticket is judged by what the session is to say that goes on.
            && (request.Kind == Tls13KeyKind.External || !question.Session.IsEmpty);
    }
}

/// <summary>Which pre-shared keys a question may mean.</summary>
public enum Tls13KeyKind : byte
{
    /// <summary>A ticket's that a key server sealed (R4).</summary>
    Ticket = 0,
    /// <summary>One of those the key server's owner agreed with clients (G4).</summary>
    External = 1,
}
