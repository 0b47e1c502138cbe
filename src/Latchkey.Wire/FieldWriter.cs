using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Latchkey.Wire;

/// <summary>
/// Writes the arguments or the result of one of Latchkey's operations from 44 up: fields in fixed order inside the payload item, in TLS presentation language
/// (RFC 8446 §3): big-endian numbers, and vectors with a length of 1, 2 or 3 bytes before them.
/// </summary>
/// <remarks>The buffer may hold secrets: <see cref="Dispose"/> zeroes it, and it is zeroed where it grows.</remarks>
public ref struct FieldWriter
{
    private byte[] _bytes;

    /// <param name="capacity">Bytes expected.</param>
    public FieldWriter(int capacity) => _bytes = GC.AllocateUninitializedArray<byte>(capacity, pinned: true);

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>What was written; valid until the next write or <see cref="Dispose"/>.</summary>
    public readonly ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>One byte.</summary>
    public void UInt8(byte value) => Room(1)[0] = value;

    /// <summary>Two bytes.</summary>
    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Room(2), value);

    /// <summary>Four bytes.</summary>
    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Room(4), value);

    /// <summary>Eight bytes.</summary>
    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Room(8), value);

    /// <summary>Bytes whose number both sides know.</summary>
    public void Bytes(scoped ReadOnlySpan<byte> value) => value.CopyTo(Room(value.Length));

    /// <summary>At most 255 bytes.</summary>
    public void Vector8(scoped ReadOnlySpan<byte> value)
    {
        UInt8(checked((byte)value.Length));
        Bytes(value);
    }

    /// <summary>At most 65,535 bytes.</summary>
    public void Vector16(scoped ReadOnlySpan<byte> value)
    {
        UInt16(checked((ushort)value.Length));
        Bytes(value);
    }

    /// <summary>Zeroes the buffer.</summary>
    public readonly void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private Span<byte> Room(int count)
    {
        if (_bytes.Length - Length < count)
        {
            var larger = GC.AllocateUninitializedArray<byte>(Math.Max(2 * _bytes.Length, Length + count), pinned: true);
            Written.CopyTo(larger);
            CryptographicOperations.ZeroMemory(_bytes);
            _bytes = larger;
        }
        var room = _bytes.AsSpan(Length, count);
        Length += count;
        return room;
    }
}
