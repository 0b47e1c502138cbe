using System.Buffers.Binary;

namespace Latchkey.Wire;

/// <summary>Writes items one after another into a body of known size.</summary>
internal ref struct ItemCursor(Span<byte> body)
{
    private Span<byte> _rest = body;

    public readonly int Left => _rest.Length;

    /// <summary>Adds an item, but for an empty one.</summary>
    public void Add(ItemTag tag, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return;
        Begin(tag, value.Length);
        value.CopyTo(_rest);
        _rest = _rest[value.Length..];
    }

    public void Add(ItemTag tag, byte value)
    {
        Begin(tag, 1);
        _rest[0] = value;
        _rest = _rest[1..];
    }

    public void AddUInt16(ItemTag tag, ushort value)
    {
        Begin(tag, 2);
        BinaryPrimitives.WriteUInt16BigEndian(_rest, value);
        _rest = _rest[2..];
    }

    public void AddUInt32(ItemTag tag, uint value)
    {
        Begin(tag, 4);
        BinaryPrimitives.WriteUInt32BigEndian(_rest, value);
        _rest = _rest[4..];
    }

    /// <summary>What is left becomes one item of zeros; nothing is left in messages that need no padding.</summary>
    public void FillWithPadding()
    {
        if (_rest.IsEmpty)
            return;
        Begin(ItemTag.Padding, _rest.Length - 3);
        _rest.Clear();
    }

    private void Begin(ItemTag tag, int length)
    {
        _rest[0] = (byte)tag;
        BinaryPrimitives.WriteUInt16BigEndian(_rest[1..], (ushort)length);
        _rest = _rest[3..];
    }
}
