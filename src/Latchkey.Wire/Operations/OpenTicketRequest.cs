namespace Latchkey.Wire.Operations;

/// <summary>Arguments of <see cref="Opcode.OpenTicket"/> (catalogue R6). Spans are lent. The result is the session, encoded: a secret.</summary>
public readonly ref struct OpenTicketRequest
{
    /// <summary>The site's name at the edge, UTF-8, 1 to 255 bytes.</summary>
    public required ReadOnlySpan<byte> Site { get; init; }

    /// <summary>As the client brought it: 1 to 65,535 bytes.</summary>
    public required ReadOnlySpan<byte> Ticket { get; init; }

    /// <summary>Reads the arguments. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out OpenTicketRequest request)
    {
        var fields = new FieldReader(payload);
        request = new OpenTicketRequest { Site = fields.Vector8(), Ticket = fields.Vector16() };
        return fields.IsComplete && !request.Site.IsEmpty && !request.Ticket.IsEmpty;
    }

    /// <summary>Writes the arguments.</summary>
    public void Write(ref FieldWriter fields)
    {
        fields.Vector8(Site);
        fields.Vector16(Ticket);
    }
}
