using System.Buffers;
using System.Security.Cryptography;

namespace Latchkey.Wire;

/// <summary>
/// A received message that outlives the buffer it came in: it owns one copy of its body (without final padding). Reusable, so
/// that a queue of them can be pooled: after <see cref="Clear"/> the next <see cref="TryRead(KeylessFrame)"/> allocates only
/// where the body is longer than any before. Not thread-safe.
/// </summary>
public sealed class KeylessMessage
{
    private const int LargestKeptBody = 4096;
    private byte[] _body = [];
    private int _length;
    private ItemTable _table;

    /// <summary>The requester's number for it.</summary>
    public uint Id { get; private set; }

    /// <summary>The items; spans live until the next <see cref="TryRead(KeylessFrame)"/> or <see cref="Clear"/>.</summary>
    public KeylessItems Items => new(_body.AsSpan(0, _length), _table);

    /// <summary>The opcode; <see cref="Wire.Opcode.None"/> where the item is absent.</summary>
    public Opcode Opcode => Items.Opcode;

    /// <summary>The payload; lives until the next <see cref="TryRead(KeylessFrame)"/> or <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Payload => Value(ItemTag.Payload);

    /// <summary>Any known item's value; empty where absent.</summary>
    public ReadOnlyMemory<byte> Value(ItemTag tag)
    {
        var (offset, length) = _table.Range(tag);
        return _body.AsMemory(offset, length);
    }

    /// <summary>Reads and copies a frame. False: malformed, and the message is empty.</summary>
    public bool TryRead(KeylessFrame frame)
    {
        if (frame.Body.IsSingleSegment)
            return TryRead(frame.Id, frame.Body.FirstSpan);
        var length = (int)frame.Body.Length;
        var joined = ArrayPool<byte>.Shared.Rent(length);
        frame.Body.CopyTo(joined);
        var wellFormed = TryRead(frame.Id, joined.AsSpan(0, length));
        CryptographicOperations.ZeroMemory(joined.AsSpan(0, length)); // a reply may carry a master secret
        ArrayPool<byte>.Shared.Return(joined);
        return wellFormed;
    }

    /// <summary>Reads and copies a body. False: malformed, and the message is empty.</summary>
    public bool TryRead(uint id, ReadOnlySpan<byte> body)
    {
        Clear();
        if (!ItemTable.TryParse(body, out var table))
            return false;
        _table = table;
        Id = id;
        _length = table.LengthWithoutPadding;
        if (_body.Length < _length)
            _body = new byte[Math.Max(_length, 512)];
        body[.._length].CopyTo(_body);
        if (table.Has(ItemTag.Padding) && PaddingLiesBeyond(_length))
            _table.Remove(ItemTag.Padding);
        return true;
    }

    /// <summary>Zeroes the copy and forgets it; an unusually large buffer is let go, so that a pool does not keep it.</summary>
    public void Clear()
    {
        CryptographicOperations.ZeroMemory(_body.AsSpan(0, _length));
        if (_body.Length > LargestKeptBody)
            _body = [];
        _table = default;
        _length = 0;
        Id = 0;
    }

    private bool PaddingLiesBeyond(int length) => _table.Range(ItemTag.Padding).Offset > length;
}
