namespace Latchkey.Wire.Operations;

/// <summary>Result of <see cref="Opcode.OfferKeyExchange"/>. Spans are lent.</summary>
public readonly ref struct OfferKeyExchangeReply
{
    /// <summary>ServerECDHParams or ServerDHParams, encoded.</summary>
    public required ReadOnlySpan<byte> Parameters { get; init; }

    /// <summary>Over client random ‖ server random ‖ parameters.</summary>
    public required ReadOnlySpan<byte> Signature { get; init; }

    /// <summary>The sealed state that comes back with <see cref="Opcode.AgreeKeyExchange"/>; where it was asked for, the private value itself: a secret.</summary>
    public required ReadOnlySpan<byte> State { get; init; }

    /// <summary>Reads the result. False: it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out OfferKeyExchangeReply reply)
    {
        var fields = new FieldReader(payload);
        var parameters = fields.Vector16();
        var signature = fields.Vector16();
        var state = fields.Vector16();
        reply = new OfferKeyExchangeReply { Parameters = parameters, Signature = signature, State = state };
        return fields.IsComplete && !parameters.IsEmpty && !signature.IsEmpty && !state.IsEmpty;
    }

    /// <summary>Writes the result.</summary>
    public void Write(ref FieldWriter fields)
    {
        fields.Vector16(Parameters);
        fields.Vector16(Signature);
        fields.Vector16(State);
    }
}
