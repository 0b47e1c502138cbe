using System.Buffers;

namespace Latchkey.Wire.Tests;

[Trait("Catalogue", "X3")]
public sealed class FrameTests
{
    private static readonly byte[] TwoPackets = [.. Packet(1, 10), .. Packet(0xFFFFFFFF, 2000)];

    [Fact]
    public void Two_messages_come_out_whole_wherever_the_bytes_are_cut()
    {
        foreach (var size in new[] { 1, 2, 3, 7, 8, 9, 500, 1024, 1031, 1032, 1033 })
        {
            var buffer = Segments.Of(TwoPackets, size);
            Assert.Equal(FrameStatus.Complete, KeylessFrame.TryRead(ref buffer, out var first));
            Assert.Equal(FrameStatus.Complete, KeylessFrame.TryRead(ref buffer, out var second));
            Assert.Equal(FrameStatus.Incomplete, KeylessFrame.TryRead(ref buffer, out _));

            Assert.Equal((1u, 0xFFFFFFFFu), (first.Id, second.Id));
            var message = new KeylessMessage();
            Assert.True(message.TryRead(first));
            Assert.Equal(10, message.Payload.Length);
            Assert.True(message.TryRead(second));
            Assert.Equal(2000, message.Payload.Length);
        }
    }

    [Fact]
    public void Every_truncation_of_a_message_is_incomplete_and_consumes_nothing()
    {
        var packet = Packet(5, 100);
        for (var length = 0; length < packet.Length; length++)
        {
            var buffer = new ReadOnlySequence<byte>(packet, 0, length);
            Assert.Equal(FrameStatus.Incomplete, KeylessFrame.TryRead(ref buffer, out _));
            Assert.Equal(length, buffer.Length);
            Assert.Equal(FrameStatus.Incomplete, KeylessFrame.TryRead(packet.AsSpan(0, length), out _, out _, out var consumed));
            Assert.Equal(0, consumed);
        }
    }

    [Theory]
    [InlineData("0000 0000 00000000")]
    [InlineData("0200 03f8 00000000")]
    [InlineData("1603 0100 c8010000")]
    public void Another_major_version_is_told_from_the_header_alone(string header)
    {
        var buffer = new ReadOnlySequence<byte>(Bytes.Of(header));

        Assert.Equal(FrameStatus.WrongVersion, KeylessFrame.TryRead(ref buffer, out _));
        Assert.Equal(FrameStatus.WrongVersion, KeylessFrame.TryRead(Bytes.Of(header), out _, out _, out _));
    }

    [Fact]
    public void A_frame_without_body_is_a_message_without_opcode()
    {
        var buffer = new ReadOnlySequence<byte>(Bytes.Of("0100 0000 00000002"));

        Assert.Equal(FrameStatus.Complete, KeylessFrame.TryRead(ref buffer, out var frame));
        var message = new KeylessMessage();
        Assert.True(message.TryRead(frame));
        Assert.Equal(Opcode.None, message.Opcode);
    }

    [Fact]
    public void A_reused_message_keeps_nothing_of_the_one_before()
    {
        var message = new KeylessMessage();
        Assert.True(message.TryRead(1, Bytes.Of("110001f0 120004 01020304 020001 61")));
        var old = message.Payload;

        Assert.True(message.TryRead(2, Bytes.Of("110001ff")));

        Assert.Equal(2u, message.Id);
        Assert.True(message.Payload.IsEmpty);
        Assert.True(message.Items.ServerName.IsEmpty);
        Assert.Equal([0, 0, 0, 0], old.ToArray()); // zeroed: a reply may have carried a master secret
    }

    [Fact]
    public void Parsing_and_copying_into_a_reused_message_allocates_nothing()
    {
        var packet = Packet(5, 100);
        var message = new KeylessMessage();
        Assert.True(Parse(packet, message));
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
            Parse(packet, message);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static bool Parse(byte[] packet, KeylessMessage message)
    {
        var buffer = new ReadOnlySequence<byte>(packet);
        return KeylessFrame.TryRead(ref buffer, out var frame) == FrameStatus.Complete && message.TryRead(frame);
    }

    private static byte[] Packet(uint id, int payload)
    {
        var output = new ArrayBufferWriter<byte>();
        KeylessEncoder.Write(output, id, new OutgoingItems(Opcode.Ping) { Payload = Bytes.Counting(payload) });
        return output.WrittenSpan.ToArray();
    }

    private sealed class Segments : ReadOnlySequenceSegment<byte>
    {
        public static ReadOnlySequence<byte> Of(byte[] bytes, int size)
        {
            var first = new Segments { Memory = bytes.AsMemory(0, Math.Min(size, bytes.Length)) };
            var last = first;
            for (var position = size; position < bytes.Length; position += size)
            {
                var next = new Segments { Memory = bytes.AsMemory(position, Math.Min(size, bytes.Length - position)), RunningIndex = position };
                last.Next = next;
                last = next;
            }
            return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }
    }
}
