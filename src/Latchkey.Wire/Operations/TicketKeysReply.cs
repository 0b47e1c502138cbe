namespace Latchkey.Wire.Operations;

/// <summary>Result of <see cref="Opcode.TicketKeys"/> (catalogue R5, T1, T2): a site's keys, those of the key server's own making first; secret. Spans are lent.</summary>
public readonly ref struct TicketKeysReply
{
    /// <summary>
    /// Another number, other keys for ever: who may have them is not who it was. Whoever holds keys of this key server under another number drops them (attack 10). Not secret.
    /// </summary>
    public required ulong Audience { get; init; }

    /// <summary>Entries (<see cref="TicketKeyEntry"/>), 0 to 256, for a <see cref="FieldReader"/>.</summary>
    public required ReadOnlySpan<byte> Keys { get; init; }

    /// <summary>Reads the result. False: it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out TicketKeysReply reply)
    {
        var fields = new FieldReader(payload);
        var audience = fields.UInt64();
        reply = new TicketKeysReply { Audience = audience, Keys = payload.Length < 8 ? default : payload[8..] };
        return payload.Length >= 8 && TicketKeyEntry.Fit(reply.Keys.Length);
    }

    /// <summary>Writes the head; entries follow.</summary>
    public static void WriteHead(ref FieldWriter fields, ulong audience) => fields.UInt64(audience);
}
