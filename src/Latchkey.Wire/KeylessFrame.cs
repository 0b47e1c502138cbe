using System.Buffers;
using System.Buffers.Binary;

namespace Latchkey.Wire;

/// <summary>One message as framed: u8 major = 1, u8 minor = 0, u16 length of the body, u32 id, body; big-endian.</summary>
/// <param name="Id">The client's number for the request; a reply carries the same.</param>
/// <param name="Body">Items, still in the buffer that was read from: dies with it.</param>
public readonly record struct KeylessFrame(uint Id, ReadOnlySequence<byte> Body)
{
    /// <summary>Bytes of a header.</summary>
    public const int HeaderSize = 8;

    /// <summary>Bytes of the largest message, header included.</summary>
    public const int MaxSize = HeaderSize + ushort.MaxValue;

    /// <summary>Takes one message off the front of <paramref name="buffer"/>.</summary>
    public static FrameStatus TryRead(ref ReadOnlySequence<byte> buffer, out KeylessFrame frame)
    {
        frame = default;
        if (buffer.Length < HeaderSize)
            return FrameStatus.Incomplete;
        Span<byte> joined = stackalloc byte[HeaderSize];
        scoped var header = buffer.FirstSpan;
        if (header.Length < HeaderSize)
        {
            buffer.Slice(0, HeaderSize).CopyTo(joined);
            header = joined;
        }
        if (header[0] != 1)
            return FrameStatus.WrongVersion;
        var length = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        if (buffer.Length - HeaderSize < length)
            return FrameStatus.Incomplete;
        frame = new KeylessFrame(BinaryPrimitives.ReadUInt32BigEndian(header[4..]), buffer.Slice(HeaderSize, length));
        buffer = buffer.Slice(HeaderSize + length);
        return FrameStatus.Complete;
    }

    /// <summary>The same over contiguous bytes: the body is <c>buffer[8..consumed]</c>.</summary>
    /// <param name="consumed">Bytes of the whole message; 0 unless complete.</param>
    public static FrameStatus TryRead(ReadOnlySpan<byte> buffer, out uint id, out ReadOnlySpan<byte> body, out int consumed)
    {
        (id, consumed) = (0, 0);
        body = default;
        if (buffer.Length < HeaderSize)
            return FrameStatus.Incomplete;
        if (buffer[0] != 1)
            return FrameStatus.WrongVersion;
        var length = BinaryPrimitives.ReadUInt16BigEndian(buffer[2..]);
        if (buffer.Length - HeaderSize < length)
            return FrameStatus.Incomplete;
        id = BinaryPrimitives.ReadUInt32BigEndian(buffer[4..]);
        body = buffer.Slice(HeaderSize, length);
        consumed = HeaderSize + length;
        return FrameStatus.Complete;
    }
}

/// <summary>What the front of a buffer holds.</summary>
public enum FrameStatus
{
    /// <summary>Not yet a whole message.</summary>
    Incomplete,
    /// <summary>A message.</summary>
    Complete,
    /// <summary>Another major version, or another protocol: nothing after it can be read.</summary>
    WrongVersion,
}
