namespace Latchkey.Wire.Operations;

/// <summary>Result of <see cref="Opcode.AgreeKeyExchange"/> at <see cref="KeyExchangeLevel.SessionKeys"/>, and part of that of <see cref="Opcode.ResumeTls12"/>; secret. Spans are lent.</summary>
public readonly ref struct SessionKeysReply
{
    /// <summary>Bytes of verify_data.</summary>
    public const int VerifyDataSize = 12;

    /// <summary>The key block (RFC 5246 §6.3), as long as the suite wants.</summary>
    public required ReadOnlySpan<byte> KeyBlock { get; init; }

    /// <summary>What the client's Finished must say, 12 bytes (F2).</summary>
    public required ReadOnlySpan<byte> ClientVerifyData { get; init; }

    /// <summary>What the server's Finished says, 12 bytes (F3).</summary>
    public required ReadOnlySpan<byte> ServerVerifyData { get; init; }

    /// <summary>The ticket (R4, R8); empty: none was asked for, or none can be made.</summary>
    public required ReadOnlySpan<byte> Ticket { get; init; }

    /// <summary>Reads the result. False: it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out SessionKeysReply reply)
    {
        var fields = new FieldReader(payload);
        reply = Read(ref fields);
        return fields.IsComplete && !reply.KeyBlock.IsEmpty;
    }

    /// <summary>Writes the result.</summary>
    public void Write(ref FieldWriter fields)
    {
        fields.Vector8(KeyBlock);
        fields.Bytes(ClientVerifyData);
        fields.Bytes(ServerVerifyData);
        fields.Vector16(Ticket);
    }

    internal static SessionKeysReply Read(scoped ref FieldReader fields)
    {
        var block = fields.Vector8();
        var client = fields.Bytes(VerifyDataSize);
        var server = fields.Bytes(VerifyDataSize);
        var ticket = fields.Vector16();
        return new SessionKeysReply { KeyBlock = block, ClientVerifyData = client, ServerVerifyData = server, Ticket = ticket };
    }
}
