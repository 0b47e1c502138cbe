namespace Latchkey.Wire.Operations;

/// <summary>Arguments of <see cref="Opcode.TicketKeys"/> (catalogue R5). Spans are lent.</summary>
public readonly ref struct TicketKeysRequest
{
    /// <summary>The site's name at the edge, UTF-8, 1 to 255 bytes: each site of a key has ticket keys of its own.</summary>
    public required ReadOnlySpan<byte> Site { get; init; }

    /// <summary>Reads the arguments. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out TicketKeysRequest request)
    {
        var fields = new FieldReader(payload);
        request = new TicketKeysRequest { Site = fields.Vector8() };
        return fields.IsComplete && !request.Site.IsEmpty;
    }

    /// <summary>Writes the arguments.</summary>
    public void Write(ref FieldWriter fields) => fields.Vector8(Site);
}
