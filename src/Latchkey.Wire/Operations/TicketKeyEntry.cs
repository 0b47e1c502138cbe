namespace Latchkey.Wire.Operations;

/// <summary>One key in the result of <see cref="Opcode.TicketKeys"/>, which is one such entry behind the other, 1 to 64; secret. Spans are lent.</summary>
public readonly ref struct TicketKeyEntry
{
    /// <summary>Bytes of an entry.</summary>
    public const int Size = 16 + 32 + 3 * 8;

    /// <summary>Entries at most.</summary>
    public const int MaxCount = 64;

    /// <summary>16 bytes; travels in clear at the head of tickets.</summary>
    public required ReadOnlySpan<byte> Name { get; init; }

    /// <summary>32 bytes.</summary>
    public required ReadOnlySpan<byte> Secret { get; init; }

    /// <summary>Seals from then on; Unix time in milliseconds like the next two.</summary>
    public required ulong SealFrom { get; init; }

    /// <summary>Seals until then.</summary>
    public required ulong SealUntil { get; init; }

    /// <summary>Opens until then.</summary>
    public required ulong OpenUntil { get; init; }

    /// <summary>Reads the next entry. <see cref="FieldReader.IsComplete"/> says at the end whether all were whole.</summary>
    public static TicketKeyEntry Read(ref FieldReader fields) => new()
    {
        Name = fields.Bytes(16),
        Secret = fields.Bytes(32),
        SealFrom = fields.UInt64(),
        SealUntil = fields.UInt64(),
        OpenUntil = fields.UInt64(),
    };

    /// <summary>Writes it.</summary>
    public void Write(ref FieldWriter fields)
    {
        fields.Bytes(Name);
        fields.Bytes(Secret);
        fields.UInt64(SealFrom);
        fields.UInt64(SealUntil);
        fields.UInt64(OpenUntil);
    }
}
