namespace Latchkey.Wire.Operations;

/// <summary>
/// Result of <see cref="Opcode.ShareTicketKeyRoots"/> (catalogue T3), whose arguments are empty: everything that ticket keys are derived from at that key server, those of its own making first;
/// secret. Spans are lent.
/// </summary>
public readonly ref struct ShareTicketKeyRootsReply
{
    /// <summary>Entries (<see cref="TicketKeyEntry"/>), 0 to 256, for a <see cref="FieldReader"/>.</summary>
    public required ReadOnlySpan<byte> Roots { get; init; }

    /// <summary>Reads the result. False: it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ShareTicketKeyRootsReply reply)
    {
        reply = new ShareTicketKeyRootsReply { Roots = payload };
        return TicketKeyEntry.Fit(payload.Length);
    }
}
