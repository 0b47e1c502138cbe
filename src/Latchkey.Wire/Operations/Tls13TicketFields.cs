namespace Latchkey.Wire.Operations;

/// <summary>What a NewSessionTicket says (RFC 8446 §4.6.1). Spans are lent.</summary>
public readonly ref struct Tls13TicketFields
{
    /// <summary>1 to 65,535 bytes, sealed by the key server.</summary>
    public required ReadOnlySpan<byte> Ticket { get; init; }

    /// <summary>ticket_nonce.</summary>
    public required ReadOnlySpan<byte> Nonce { get; init; }

    /// <summary>ticket_age_add.</summary>
    public required uint AgeAdd { get; init; }

    /// <summary>ticket_lifetime.</summary>
    public required uint LifetimeSeconds { get; init; }

    /// <summary>max_early_data_size; 0: no early_data extension.</summary>
    public required uint MaxEarlyData { get; init; }

    /// <summary>Appends the fields of one ticket.</summary>
    public void Write(ref FieldWriter writer)
    {
        writer.Vector16(Ticket);
        writer.Vector8(Nonce);
        writer.UInt32(AgeAdd);
        writer.UInt32(LifetimeSeconds);
        writer.UInt32(MaxEarlyData);
    }

    /// <summary>Takes the fields of one ticket; whether they were there, the reader says.</summary>
    public static Tls13TicketFields Read(scoped ref FieldReader reader) => new()
    {
        Ticket = reader.Vector16(),
        Nonce = reader.Vector8(),
        AgeAdd = reader.UInt32(),
        LifetimeSeconds = reader.UInt32(),
        MaxEarlyData = reader.UInt32(),
    };

    internal static bool AreWellFormed(ReadOnlySpan<byte> tickets)
    {
        var reader = new FieldReader(tickets);
        while (!reader.IsAtEnd)
        {
            var ticket = Read(ref reader);
            if (ticket.Ticket.IsEmpty || ticket.MaxEarlyData > int.MaxValue)
                return false;
        }

        return reader.IsComplete;
    }
}
