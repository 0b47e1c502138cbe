namespace Latchkey.Wire;

/// <summary>
/// The items of one received body, read in place: nothing is copied, every span points into the body and lives as long as it.
/// A value that exists is well formed; absent items and those the protocol ignores are empty.
/// </summary>
public readonly ref struct KeylessItems
{
    private readonly ReadOnlySpan<byte> _body;
    private readonly ItemTable _table;

    internal KeylessItems(ReadOnlySpan<byte> body, scoped in ItemTable table)
    {
        _body = body;
        _table = table;
    }

    /// <summary>Reads a body (without the 8-byte header). False: malformed; the deployed server closes without a reply.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out KeylessItems items)
    {
        var wellFormed = ItemTable.TryParse(body, out var table);
        items = wellFormed ? new KeylessItems(body, table) : default;
        return wellFormed;
    }

    /// <summary>The opcode; <see cref="Opcode.None"/> where the item is absent.</summary>
    public Opcode Opcode => Value(ItemTag.Opcode) is [var opcode] ? (Opcode)opcode : Opcode.None;

    /// <summary>Argument or result.</summary>
    public ReadOnlySpan<byte> Payload => Value(ItemTag.Payload);

    /// <summary>The payload of an error reply; anything but one byte reads as <see cref="KeylessError.Internal"/>.</summary>
    public KeylessError Error => Payload is [var error] ? (KeylessError)error : KeylessError.Internal;

    /// <summary>20 bytes, or empty where absent, of another length, or all zero.</summary>
    public ReadOnlySpan<byte> SubjectKeyIdentifier =>
        Sized(ItemTag.SubjectKeyIdentifier, 20) is { IsEmpty: false } ski && ski.ContainsAnyExcept((byte)0) ? ski : default;

    /// <summary>32 bytes, or empty.</summary>
    public ReadOnlySpan<byte> CertificateDigest => Sized(ItemTag.CertificateDigest, 32);

    /// <summary>32 bytes, or empty.</summary>
    public ReadOnlySpan<byte> CertificateFingerprint => Sized(ItemTag.CertificateFingerprint, 32);

    /// <summary>SNI as sent: text, not checked.</summary>
    public ReadOnlySpan<byte> ServerName => Value(ItemTag.ServerName);

    /// <summary>4 or 16 bytes, or empty.</summary>
    public ReadOnlySpan<byte> ClientIp => Value(ItemTag.ClientIp);

    /// <summary>4 or 16 bytes, or empty.</summary>
    public ReadOnlySpan<byte> ServerIp => Value(ItemTag.ServerIp);

    /// <summary>Compliance region; 0 where absent or not one byte.</summary>
    public byte ComplianceRegion => Value(ItemTag.ComplianceRegion) is [var region] ? region : (byte)0;

    /// <summary>An item of Latchkey's own came twice: its operations answer <see cref="KeylessError.Malformed"/>.</summary>
    public bool HasRepeatedOwnItem => _table.HasRepeatedOwnItem;

    /// <summary>Whether the item was there, empty or not.</summary>
    public bool Has(ItemTag tag) => _table.Has(tag);

    /// <summary>The value as sent, of any known item; empty where absent.</summary>
    public ReadOnlySpan<byte> Value(ItemTag tag) => _table.Value(_body, tag);

    /// <summary>The signature over a request and the items that it covers: all but the padding behind it. False: there is none, or something else stands behind it.</summary>
    public bool TryReadSigned(out RequestSignature signature, out ReadOnlySpan<byte> covered)
    {
        var (offset, length) = _table.Range(ItemTag.RequestSignature);
        covered = default;
        signature = default;
        if (length == 0 || _table.HasRepeatedOwnItem || _table.LengthWithoutPadding != offset + length || !RequestSignature.TryRead(_body.Slice(offset, length), out signature))
            return false;
        covered = _body[..(offset - 3)];
        return true;
    }

    private ReadOnlySpan<byte> Sized(ItemTag tag, int length) => Value(tag) is var value && value.Length == length ? value : default;
}
