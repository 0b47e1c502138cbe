using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Latchkey.Wire;

/// <summary>
/// Where in a body each known item's value lies. A value type of 136 bytes without references, so that parsing allocates
/// nothing; offsets rather than spans, so that a message on the heap can hold it too.
/// </summary>
internal struct ItemTable
{
    private const int FirstOwnTag = 0x40;
    private Slots _slots;

    /// <summary>A known item of Latchkey's own came twice. To a foreign peer these tags are unknown and may repeat, so the frame
    /// is not malformed; the operations that use them refuse it.</summary>
    public bool HasRepeatedOwnItem { get; private set; }

    /// <summary>Bytes of the body up to and without a final padding item: all that a copy needs.</summary>
    public int LengthWithoutPadding { get; private set; }

    /// <summary>Finds the items. False: malformed exactly as the deployed server sees it (docs/protocol.md, "Malformed").</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out ItemTable table)
    {
        table = default;
        var position = 0;
        // One or two stray bytes at the end, too few for another item, are ignored.
        while (body.Length - position >= 3)
        {
            var tag = body[position];
            var length = BinaryPrimitives.ReadUInt16BigEndian(body[(position + 1)..]);
            if (length > body.Length - position - 3 || !table.TryAdd(tag, position + 3, length))
                return false;
            position += 3 + length;
            if (tag != (byte)ItemTag.Padding)
                table.LengthWithoutPadding = position;
        }
        return true;
    }

    public readonly bool Has(ItemTag tag) => _slots[SlotOf((byte)tag)] != 0;

    public readonly ReadOnlySpan<byte> Value(ReadOnlySpan<byte> body, ItemTag tag)
    {
        var slot = _slots[SlotOf((byte)tag)];
        return slot == 0 ? default : body.Slice((int)(slot >> 16), (int)(slot & 0xFFFF));
    }

    public readonly (int Offset, int Length) Range(ItemTag tag)
    {
        var slot = _slots[SlotOf((byte)tag)];
        return ((int)(slot >> 16), (int)(slot & 0xFFFF));
    }

    public void Remove(ItemTag tag) => _slots[SlotOf((byte)tag)] = 0;

    private bool TryAdd(byte tag, int offset, int length)
    {
        var slot = SlotOf(tag);
        if (slot < 0)
            return true;
        if (_slots[slot] != 0)
        {
            HasRepeatedOwnItem |= tag >= FirstOwnTag;
            return tag >= FirstOwnTag;
        }
        if (tag is (byte)ItemTag.Opcode && length != 1)
            return false;
        if (tag is (byte)ItemTag.ClientIp or (byte)ItemTag.ServerIp && length is not (4 or 16))
            return false;
        _slots[slot] = (uint)offset << 16 | (uint)length; // the offset is at least 3, so an item that is there is never 0
        return true;
    }

    private static int SlotOf(byte tag) => tag switch
    {
        >= 0x01 and <= 0x06 => tag - 0x01,
        >= 0x11 and <= 0x17 => tag - 0x11 + 6,
        0x20 => 13,
        >= FirstOwnTag and <= (byte)ItemTag.SealTo => tag - FirstOwnTag + 14,
        _ => -1,
    };

    [InlineArray(32)]
    private struct Slots
    {
#pragma warning disable IDE0044, IDE0051, CA1823, CS0169, S1144 // the element of an inline array is never named
        private uint _first;
#pragma warning restore IDE0044, IDE0051, CA1823, CS0169, S1144
    }
}
