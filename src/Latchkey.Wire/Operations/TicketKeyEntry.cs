namespace Latchkey.Wire.Operations;

/// <summary>
/// One key in the results of <see cref="Opcode.TicketKeys"/> and <see cref="Opcode.ShareTicketKeyRoots"/>, where one such entry stands behind the other; secret.
/// Times are Unix time in milliseconds. Spans are lent.
/// </summary>
public readonly ref struct TicketKeyEntry
{
    /// <summary>Bytes of an entry.</summary>
    public const int Size = 16 + 32 + 4 * 8 + 8;

    /// <summary>Entries of one result at most.</summary>
    public const int MaxCount = 256;

    /// <summary>16 bytes; travels in clear at the head of tickets.</summary>
    public required ReadOnlySpan<byte> Name { get; init; }

    /// <summary>32 bytes.</summary>
    public required ReadOnlySpan<byte> Secret { get; init; }

    /// <summary>When it was made: of several that seal, whoever has them all takes the oldest, which has had the most time to spread.</summary>
    public required ulong Created { get; init; }

    /// <summary>Seals from then on ("encrypt-from").</summary>
    public required ulong SealFrom { get; init; }

    /// <summary>Seals until then ("encrypt-until").</summary>
    public required ulong SealUntil { get; init; }

    /// <summary>Opens until then ("decrypt-until").</summary>
    public required ulong OpenUntil { get; init; }

    /// <summary>Which run of which key server made it; not secret.</summary>
    public required ulong Origin { get; init; }

    /// <summary>Reads the next entry. <see cref="FieldReader.IsComplete"/> says at the end whether all were whole.</summary>
    public static TicketKeyEntry Read(ref FieldReader fields) => new()
    {
        Name = fields.Bytes(16),
        Secret = fields.Bytes(32),
        Created = fields.UInt64(),
        SealFrom = fields.UInt64(),
        SealUntil = fields.UInt64(),
        OpenUntil = fields.UInt64(),
        Origin = fields.UInt64(),
    };

    /// <summary>Writes it.</summary>
    public void Write(ref FieldWriter fields)
    {
        fields.Bytes(Name);
        fields.Bytes(Secret);
        fields.UInt64(Created);
        fields.UInt64(SealFrom);
        fields.UInt64(SealUntil);
        fields.UInt64(OpenUntil);
        fields.UInt64(Origin);
    }

    /// <summary>Whether so many bytes can be entries, as many as there may be in one result; none is possible.</summary>
    internal static bool Fit(int bytes) => bytes % Size == 0 && bytes / Size <= MaxCount;
}
