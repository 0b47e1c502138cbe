using System.Buffers.Binary;

namespace Latchkey.Tls.Messages;

/// <summary>Reads the presentation language of RFC 8446 §3. Never throws for what it reads; what it hands out are slices.</summary>
internal ref struct MessageReader(ReadOnlyMemory<byte> source)
{
    private ReadOnlyMemory<byte> _rest = source;

    public readonly bool IsEmpty => _rest.IsEmpty;

    public readonly int Remaining => _rest.Length;

    public bool TryReadUInt8(out byte value)
    {
        value = 0;
        if (_rest.IsEmpty)
            return false;
        value = _rest.Span[0];
        _rest = _rest[1..];
        return true;
    }

    public bool TryReadUInt16(out ushort value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_rest.Span, out value))
            return false;
        _rest = _rest[2..];
        return true;
    }

    public bool TryReadUInt32(out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(_rest.Span, out value))
            return false;
        _rest = _rest[4..];
        return true;
    }

    public bool TryReadBytes(int count, out ReadOnlyMemory<byte> value)
    {
        value = default;
        if (_rest.Length < count)
            return false;
        value = _rest[..count];
        _rest = _rest[count..];
        return true;
    }

    /// <summary>A vector with a one-byte length.</summary>
    public bool TryReadVector8(out ReadOnlyMemory<byte> value)
    {
        value = default;
        return TryReadUInt8(out var length) && TryReadBytes(length, out value);
    }

    /// <summary>A vector with a two-byte length.</summary>
    public bool TryReadVector16(out ReadOnlyMemory<byte> value)
    {
        value = default;
        return TryReadUInt16(out var length) && TryReadBytes(length, out value);
    }

    /// <summary>A vector with a three-byte length.</summary>
    public bool TryReadVector24(out ReadOnlyMemory<byte> value)
    {
        value = default;
        return TryReadUInt8(out var high) && TryReadUInt16(out var low) && TryReadBytes(high << 16 | low, out value);
    }
}
