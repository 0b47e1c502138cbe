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

    /// <summary>Whether client_early_traffic_secret is wanted too.</summary>
    public required bool AcceptsEarlyData { get; init; }

    /// <summary>The tenant that a ticket must belong to, UTF-8.</summary>
    public required ReadOnlySpan<byte> Site { get; init; }

    /// <summary>Appends the fields.</summary>
    public void Write(ref FieldWriter writer)
    {
        Question.Write(ref writer);
        writer.UInt8((byte)Kind);
        writer.UInt16(Identity);
        writer.UInt8(AcceptsEarlyData ? (byte)1 : (byte)0);
        writer.Vector8(Site);
    }

    /// <summary>Reads a payload. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ResumeTls13Request request)
    {
        var reader = new FieldReader(payload);
        var question = Tls13QuestionFields.Read(ref reader);
        var kind = (Tls13KeyKind)reader.UInt8();
        var identity = reader.UInt16();
        var early = reader.UInt8();
        request = new ResumeTls13Request { Question = question, Kind = kind, Identity = identity, AcceptsEarlyData = early == 1, Site = reader.Vector8() };
        return reader.IsComplete && question.IsDefined && kind <= Tls13KeyKind.External && early <= 1;
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
