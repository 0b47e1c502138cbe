using System.Buffers.Binary;

namespace Latchkey.Interop.Deployed;

/// <summary>
/// The deployed protocol's frames once more, from its published facts alone and without a line of Latchkey.Wire: a mistake
/// made there is not made here as well.
/// </summary>
internal static class Frames
{
    public const byte Response = 0xF0;
    public const byte Ping = 0xF1;
    public const byte Pong = 0xF2;
    public const byte Error = 0xFF;

    /// <summary>Latchkey's own.</summary>
    public const byte Capabilities = 0x40;

    /// <summary>Latchkey's own.</summary>
    public const byte TicketKeys = 0x4B;

    /// <summary>Latchkey's own.</summary>
    public const byte FollowTicketKeys = 0x52;

    /// <summary>Latchkey's own.</summary>
    public const byte ShareTicketKeyRoots = 0x53;

    private const int HeaderSize = 8;
    private const int PaddedSize = 1024;

    /// <summary>A message of these items, padded as the deployed encoder pads.</summary>
    public static byte[] Encode(uint id, params (byte Tag, byte[] Value)[] items)
    {
        var body = new MemoryStream();
        foreach (var (tag, value) in items)
        {
            Write(body, tag, value);
        }

        if (HeaderSize + body.Length < PaddedSize)
        {
            Write(body, 0x20, new byte[Math.Max(0, PaddedSize - (HeaderSize + body.Length + 3))]);
        }

        return [1, 0, (byte)(body.Length >> 8), (byte)body.Length, .. BigEndian(id), .. body.ToArray()];
    }

    public static byte[] Request(uint id, byte opcode, byte[] payload, byte[]? ski = null) =>
        ski is null ? Encode(id, (0x11, [opcode]), (0x12, payload)) : Encode(id, (0x11, [opcode]), (0x12, payload), (0x04, ski));

    /// <summary>The next message, or null at the end of the stream.</summary>
    public static async Task<Message?> ReadAsync(Stream stream, CancellationToken stop) =>
        await ReadRawAsync(stream, stop) is { } frame ? Parse(frame) : null;

    /// <summary>The next message as it came, or null at the end of the stream.</summary>
    public static async Task<byte[]?> ReadRawAsync(Stream stream, CancellationToken stop)
    {
        var header = new byte[HeaderSize];
        if (await stream.ReadAtLeastAsync(header, HeaderSize, throwOnEndOfStream: false, stop) < HeaderSize)
        {
            return null;
        }

        Assert.Equal(1, header[0]);
        var body = new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2))];
        await stream.ReadExactlyAsync(body, stop);
        return [.. header, .. body];
    }

    public static Message Parse(byte[] frame) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(4)), Items(frame[HeaderSize..]), frame.Length);

    private static Dictionary<byte, byte[]> Items(byte[] body)
    {
        var items = new Dictionary<byte, byte[]>();
        for (var position = 0; position + 3 <= body.Length;)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(body.AsSpan(position + 1));
            items[body[position]] = body[(position + 3)..(position + 3 + length)];
            position += 3 + length;
        }

        return items;
    }

    private static void Write(MemoryStream to, byte tag, byte[] value)
    {
        to.Write([tag, (byte)(value.Length >> 8), (byte)value.Length]);
        to.Write(value);
    }

    private static byte[] BigEndian(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}

/// <summary>One message: id, items by tag, and its whole size on the wire.</summary>
internal sealed record Message(uint Id, Dictionary<byte, byte[]> Items, int Size)
{
    public byte Opcode => Items[0x11][0];

    public byte[] Payload => Items.GetValueOrDefault((byte)0x12, []);
}
