namespace Latchkey.Wire.Operations;

/// <summary>Arguments of <see cref="Opcode.SealTicket"/> (RFC 5077, RFC 8446 §4.6.1; catalogue R6). Spans are lent. The result is the ticket.</summary>
public readonly ref struct SealTicketRequest
{
    /// <summary>Longest <see cref="State"/>.</summary>
    public const int MaxStateSize = 8 * 1024;

    /// <summary>The site's name at the edge, UTF-8, 1 to 255 bytes: a ticket opens for it alone.</summary>
    public required ReadOnlySpan<byte> Site { get; init; }

    /// <summary>The session, encoded (docs/protocol.md, "Session state"): 1 to 8,192 bytes, secret.</summary>
    public required ReadOnlySpan<byte> State { get; init; }

    /// <summary>Reads the arguments. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out SealTicketRequest request)
    {
        var fields = new FieldReader(payload);
        request = new SealTicketRequest { Site = fields.Vector8(), State = fields.Vector16() };
        return fields.IsComplete && !request.Site.IsEmpty && request.State.Length is > 0 and <= MaxStateSize;
    }

    /// <summary>Writes the arguments.</summary>
    public void Write(ref FieldWriter fields)
    {
        fields.Vector8(Site);
        fields.Vector16(State);
    }
}
