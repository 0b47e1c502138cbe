namespace Latchkey.Wire.Operations;

/// <summary>Result of <see cref="Opcode.AgreeKeyExchange"/> at <see cref="KeyExchangeLevel.MasterSecret"/>, all of it secret. Spans are lent.</summary>
public readonly ref struct MasterSecretReply
{
    /// <summary>Bytes of a master secret.</summary>
    public const int MasterSecretSize = 48;

    /// <summary>48 bytes.</summary>
    public required ReadOnlySpan<byte> MasterSecret { get; init; }

    /// <summary>The session's state, for the edge to seal (R7): the rest of the payload; empty where none was asked for or none can be made.</summary>
    public required ReadOnlySpan<byte> Session { get; init; }

    /// <summary>Reads the result. False: it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out MasterSecretReply reply)
    {
        reply = default;
        if (payload.Length < MasterSecretSize)
            return false;
        reply = new MasterSecretReply { MasterSecret = payload[..MasterSecretSize], Session = payload[MasterSecretSize..] };
        return true;
    }

    /// <summary>Writes the result.</summary>
    public void Write(ref FieldWriter fields)
    {
        fields.Bytes(MasterSecret);
        fields.Bytes(Session);
    }
}
