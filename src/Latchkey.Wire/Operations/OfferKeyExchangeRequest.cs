namespace Latchkey.Wire.Operations;

/// <summary>Arguments of <see cref="Opcode.OfferKeyExchange"/> (RFC 5246 §7.4.3; catalogue K3). Spans are lent.</summary>
public readonly ref struct OfferKeyExchangeRequest
{
    /// <summary>TLS NamedGroup.</summary>
    public required ushort Group { get; init; }

    /// <summary>TLS SignatureScheme.</summary>
    public required ushort Scheme { get; init; }

    /// <summary>32 bytes.</summary>
    public required ReadOnlySpan<byte> ClientRandom { get; init; }

    /// <summary>32 bytes; the key server derives the server random from it (attacks 1, 6).</summary>
    public required ReadOnlySpan<byte> ServerNonce { get; init; }

    /// <summary>Downgrade sentinel in the server random: 0 none, 1 <c>DOWNGRD\x01</c>.</summary>
    public required byte Sentinel { get; init; }

    /// <summary>The private value is to be handed over rather than sealed (K3a).</summary>
    public required bool HandsOver { get; init; }

    /// <summary>Reads the arguments. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out OfferKeyExchangeRequest request)
    {
        var fields = new FieldReader(payload);
        var group = fields.UInt16();
        var scheme = fields.UInt16();
        var clientRandom = fields.Bytes(32);
        var nonce = fields.Bytes(32);
        var sentinel = fields.UInt8();
        var handsOver = fields.UInt8();
        request = new OfferKeyExchangeRequest
        {
            Group = group, Scheme = scheme, ClientRandom = clientRandom, ServerNonce = nonce, Sentinel = sentinel, HandsOver = handsOver == 1,
        };
        return fields.IsComplete && sentinel <= 1 && handsOver <= 1;
    }

    /// <summary>Writes the arguments.</summary>
    public void Write(ref FieldWriter fields)
    {
        fields.UInt16(Group);
        fields.UInt16(Scheme);
        fields.Bytes(ClientRandom);
        fields.Bytes(ServerNonce);
        fields.UInt8(Sentinel);
        fields.UInt8(HandsOver ? (byte)1 : (byte)0);
    }
}
