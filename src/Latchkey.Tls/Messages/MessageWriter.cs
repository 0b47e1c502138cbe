using System.Buffers.Binary;

namespace Latchkey.Tls.Messages;

/// <summary>Writes one handshake message, header included; lengths are filled in when their vectors end.</summary>
internal ref struct MessageWriter
{
    private byte[] _buffer;
    private int _length;

    public MessageWriter(HandshakeType type, int capacity = 256)
    {
        _buffer = new byte[Math.Max(capacity, HandshakeMessage.HeaderSize)];
        _buffer[0] = (byte)type;
        _length = HandshakeMessage.HeaderSize;
    }

    public void WriteUInt8(byte value) => Reserve(1)[0] = value;

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Reserve(2), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Reserve(4), value);

    public void WriteBytes(scoped ReadOnlySpan<byte> value) => value.CopyTo(Reserve(value.Length));

    public void WriteVector8(scoped ReadOnlySpan<byte> value)
    {
        WriteUInt8(checked((byte)value.Length));
        WriteBytes(value);
    }

    public void WriteVector16(scoped ReadOnlySpan<byte> value)
    {
        WriteUInt16(checked((ushort)value.Length));
        WriteBytes(value);
    }

    public void WriteVector24(scoped ReadOnlySpan<byte> value)
    {
        var start = BeginVector(3);
        WriteBytes(value);
        EndVector(start, 3);
    }

    /// <summary>A whole extension.</summary>
    public void WriteExtension(ExtensionType type, scoped ReadOnlySpan<byte> body)
    {
        WriteUInt16((ushort)type);
        WriteVector16(body);
    }

    /// <summary>Leaves room for a length of <paramref name="lengthSize"/> bytes; what is written until <see cref="EndVector"/> is counted.</summary>
    public int BeginVector(int lengthSize)
    {
        Reserve(lengthSize);
        return _length;
    }

    public readonly void EndVector(int start, int lengthSize) => WriteLength(start - lengthSize, lengthSize, _length - start);

    /// <summary>The message, with <paramref name="missing"/> more bytes counted in its length and left to the caller to append.</summary>
    public readonly HandshakeMessage ToMessage(int missing = 0)
    {
        WriteLength(1, 3, _length - HandshakeMessage.HeaderSize + missing);
        return new HandshakeMessage(_buffer.AsMemory(0, _length));
    }

    private readonly void WriteLength(int position, int size, int value)
    {
        if (value >> (8 * size) != 0)
            throw new ArgumentOutOfRangeException(nameof(value), value, $"Does not fit a length of {size} bytes.");
        for (var i = size - 1; i >= 0; i--, value >>= 8)
            _buffer[position + i] = (byte)value;
    }

    private Span<byte> Reserve(int count)
    {
        if (_buffer.Length - _length < count)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
        var room = _buffer.AsSpan(_length, count);
        _length += count;
        return room;
    }
}
