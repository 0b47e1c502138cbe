namespace Latchkey.Wire.Operations;

/// <summary>Arguments of <see cref="Opcode.ResumeTls12"/> (RFC 5246 §7.3, RFC 5077; catalogue R2, R4, R8, R9). Spans are lent.</summary>
public readonly ref struct ResumeTls12Request
{
    /// <summary>The ticket, or the sealed state that the edge kept; empty: the session is kept under <see cref="SessionIdentifier"/>.</summary>
    public required ReadOnlySpan<byte> Ticket { get; init; }

    /// <summary>32 bytes, or empty where there is a ticket.</summary>
    public required ReadOnlySpan<byte> SessionIdentifier { get; init; }

    /// <summary>32 bytes; the key server derives the server random from it: no recorded one can be asked about (attack 1).</summary>
    public required ReadOnlySpan<byte> ServerNonce { get; init; }

    /// <summary>Downgrade sentinel in the server random: 0 none, 1 <c>DOWNGRD\x01</c>.</summary>
    public required byte Sentinel { get; init; }

    /// <summary>A new ticket is to be made (R8); ServerHello then has the session_ticket extension.</summary>
    public required bool Renews { get; init; }

    /// <summary>With its header.</summary>
    public required ReadOnlySpan<byte> ClientHello { get; init; }

    /// <summary>With its header and with the server random; the key server puts in the session's suite.</summary>
    public required ReadOnlySpan<byte> ServerHello { get; init; }

    /// <summary>Reads the arguments. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ResumeTls12Request request)
    {
        var fields = new FieldReader(payload);
        var ticket = fields.Vector16();
        var identifier = fields.Vector8();
        var nonce = fields.Bytes(32);
        var sentinel = fields.UInt8();
        var renews = fields.UInt8();
        var clientHello = fields.Vector16();
        var serverHello = fields.Vector16();
        request = new ResumeTls12Request
        {
            Ticket = ticket, SessionIdentifier = identifier, ServerNonce = nonce, Sentinel = sentinel, Renews = renews == 1, ClientHello = clientHello, ServerHello = serverHello,
        };
        return fields.IsComplete && sentinel <= 1 && renews <= 1 && ticket.IsEmpty != identifier.IsEmpty && identifier.Length is 0 or 32;
    }

    /// <summary>Writes the arguments.</summary>
    public void Write(ref FieldWriter fields)
    {
        fields.Vector16(Ticket);
        fields.Vector8(SessionIdentifier);
        fields.Bytes(ServerNonce);
        fields.UInt8(Sentinel);
        fields.UInt8(Renews ? (byte)1 : (byte)0);
        fields.Vector16(ClientHello);
        fields.Vector16(ServerHello);
    }
}
