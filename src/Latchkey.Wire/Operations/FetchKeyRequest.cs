namespace Latchkey.Wire.Operations;

/// <summary>The arguments of <see cref="Opcode.FetchKey"/> (catalogue S6). Spans are lent.</summary>
public readonly ref struct FetchKeyRequest
{
    /// <summary>How long the edge wants to keep the key; 0 for one operation.</summary>
    public required uint Seconds { get; init; }

    /// <summary>TLS NamedGroup of <see cref="PublicValue"/>.</summary>
    public required ushort Group { get; init; }

    /// <summary>The edge's, of a pair made for this question alone.</summary>
    public required ReadOnlySpan<byte> PublicValue { get; init; }

    /// <summary>Appends the fields.</summary>
    public void Write(ref FieldWriter writer)
    {
        writer.UInt32(Seconds);
        writer.UInt16(Group);
        writer.Vector16(PublicValue);
    }

    /// <summary>Reads a payload. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out FetchKeyRequest request)
    {
        var reader = new FieldReader(payload);
        request = new FetchKeyRequest { Seconds = reader.UInt32(), Group = reader.UInt16(), PublicValue = reader.Vector16() };
        return reader.IsComplete && !request.PublicValue.IsEmpty;
    }
}
