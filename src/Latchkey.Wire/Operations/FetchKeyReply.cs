namespace Latchkey.Wire.Operations;

/// <summary>The result of <see cref="Opcode.FetchKey"/>. Spans are lent.</summary>
public readonly ref struct FetchKeyReply
{
    /// <summary>How long the edge may keep the key: what it asked for, or less.</summary>
    public required uint Seconds { get; init; }

    /// <summary>The key server's, of the group that the question named.</summary>
    public required ReadOnlySpan<byte> PublicValue { get; init; }

    /// <summary>PKCS#8 of the key, AES-256-GCM; see docs/fetched-key.md.</summary>
    public required ReadOnlySpan<byte> Box { get; init; }

    /// <summary>Appends the fields.</summary>
    public void Write(ref FieldWriter writer)
    {
        writer.UInt32(Seconds);
        writer.Vector16(PublicValue);
        writer.Vector16(Box);
    }

    /// <summary>Reads a payload. False: the key server broke the protocol.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out FetchKeyReply reply)
    {
        var reader = new FieldReader(payload);
        reply = new FetchKeyReply { Seconds = reader.UInt32(), PublicValue = reader.Vector16(), Box = reader.Vector16() };
        return reader.IsComplete;
    }
}
