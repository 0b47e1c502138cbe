using System.Buffers.Binary;

namespace Latchkey.Wire;

/// <summary>
/// Reads what <see cref="FieldWriter"/> wrote. It does not throw: a field that is not there reads as zero or empty, and <see cref="IsComplete"/> says at the end
/// whether everything was there and nothing was left over.
/// </summary>
public ref struct FieldReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;
    private bool _failed;

    /// <summary>All fields were there, and nothing is left: only now may they be used.</summary>
    public readonly bool IsComplete => !_failed && _rest.IsEmpty;

    /// <summary>Nothing is left, or something was missing: where a list of unknown length ends.</summary>
    public readonly bool IsAtEnd => _failed || _rest.IsEmpty;

    /// <summary>One byte.</summary>
    public byte UInt8() => Bytes(1) is [var value] ? value : (byte)0;

    /// <summary>Two bytes.</summary>
    public ushort UInt16() => Bytes(2) is { Length: 2 } value ? BinaryPrimitives.ReadUInt16BigEndian(value) : (ushort)0;

    /// <summary>Four bytes.</summary>
    public uint UInt32() => Bytes(4) is { Length: 4 } value ? BinaryPrimitives.ReadUInt32BigEndian(value) : 0;

    /// <summary>Eight bytes.</summary>
    public ulong UInt64() => Bytes(8) is { Length: 8 } value ? BinaryPrimitives.ReadUInt64BigEndian(value) : 0;

    /// <summary>So many bytes, in place.</summary>
    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (_failed || _rest.Length < count)
        {
            _failed = true;
            return default;
        }
        var value = _rest[..count];
        _rest = _rest[count..];
        return value;
    }

    /// <summary>At most 255 bytes, in place.</summary>
    public ReadOnlySpan<byte> Vector8() => Bytes(UInt8());

    /// <summary>At most 65,535 bytes, in place.</summary>
    public ReadOnlySpan<byte> Vector16() => Bytes(UInt16());
}
