using System.Buffers;

namespace Latchkey.Wire.Tests;

/// <summary>Packets of the deployed protocol, byte for byte, as written by either role and as read by the other.</summary>
[Trait("Catalogue", "X3")]
public sealed class GoldenPacketTests
{
    private static readonly byte[] Digest = Bytes.Counting(32);
    private static readonly byte[] Ski = Bytes.Counting(20, 0x81);

    [Fact]
    public void An_ecdsa_request_with_server_ip_and_name()
    {
        var golden = Bytes.Of($"""
            0100 03f8 00000000 | 11 0001 15 | 12 0020 {Convert.ToHexString(Digest)} | 04 0014 {Convert.ToHexString(Ski)} | 05 0004 c000020a |
            02 000f 7777772e6578616d706c652e636f6d | 20 039e 00*926
            """);

        var written = Write(0, new OutgoingItems(Opcode.EcdsaSignSha256)
        {
            Payload = Digest,
            SubjectKeyIdentifier = Ski,
            ServerName = "www.example.com"u8,
            ServerIp = [192, 0, 2, 10],
        });

        Assert.Equal(golden, written);
        var message = Read(golden, 0);
        Assert.Equal(Opcode.EcdsaSignSha256, message.Opcode);
        Assert.Equal(Digest, message.Payload.ToArray());
        Assert.Equal(Ski, message.Items.SubjectKeyIdentifier.ToArray());
        Assert.Equal("192.0.2.10", IpItem.Read(message.Items.ServerIp)!.ToString());
        Assert.Equal("www.example.com"u8.ToArray(), message.Items.ServerName.ToArray());
        Assert.True(message.Items.ClientIp.IsEmpty);
    }

    [Fact]
    public void An_ecdsa_request_without_ip_and_name()
    {
        var golden = Bytes.Of($"010003f800000000 11000115 120020{Convert.ToHexString(Digest)} 040014{Convert.ToHexString(Ski)} 20 03b7 00*951");

        Assert.Equal(golden, Write(0, new OutgoingItems(Opcode.EcdsaSignSha256) { Payload = Digest, SubjectKeyIdentifier = Ski }));
        Assert.Equal(Ski, Read(golden, 0).Items.SubjectKeyIdentifier.ToArray());
    }

    [Fact]
    public void A_request_for_a_sealed_reply()
    {
        var value = Bytes.Counting(32);
        var golden = Bytes.Of($"010003f800000009 1100014b 120002 0141 040014{Convert.ToHexString(Ski)} 510022 001d {Convert.ToHexString(value)} 20 03b0 00*944");

        Assert.Equal(golden, Write(9, new OutgoingItems(Opcode.TicketKeys) { Payload = "\u0001A"u8, SubjectKeyIdentifier = Ski, SealTo = [0, 0x1D, .. value] }));
        Assert.Equal([0, 0x1D, .. value], Read(golden, 9).Items.Value(ItemTag.SealTo).ToArray());
    }

    [Theory]
    [InlineData(70, "010003f800000007 110001f0 120046 5a*70 2003a8 00*936")]
    [InlineData(256, "010003f800000007 110001f0 120100 5a*256 2002ee 00*750")]
    [InlineData(64, "010003f800000007 110001f0 120040 5a*64 2003ae 00*942")]
    public void A_reply_with_a_signature(int length, string packet)
    {
        var signature = Enumerable.Repeat((byte)0x5a, length).ToArray();
        var output = new ArrayBufferWriter<byte>();

        KeylessEncoder.WriteResponse(output, 7, signature);

        Assert.Equal(Bytes.Of(packet), output.WrittenSpan.ToArray());
        var message = Read(Bytes.Of(packet), 7);
        Assert.Equal(Opcode.Response, message.Opcode);
        Assert.Equal(signature, message.Payload.ToArray());
    }

    [Fact]
    public void A_pong_echoes_its_payload()
    {
        var golden = Bytes.Of("010003f8deadbeef 110001f2 120006 48656c6c6f21 2003e8 00*1000");
        var output = new ArrayBufferWriter<byte>();

        KeylessEncoder.WritePong(output, 0xdeadbeef, "Hello!"u8);

        Assert.Equal(golden, output.WrittenSpan.ToArray());
        Assert.Equal("Hello!"u8.ToArray(), Read(golden, 0xdeadbeef).Payload.ToArray());
    }

    [Fact]
    public void An_empty_ping_has_no_payload_item()
    {
        var golden = Bytes.Of("010003f800000001 110001f1 2003f1 00*1009");

        Assert.Equal(golden, Write(1, new OutgoingItems(Opcode.Ping)));
        var message = Read(golden, 1);
        Assert.Equal(Opcode.Ping, message.Opcode);
        Assert.True(message.Payload.IsEmpty);
        Assert.False(message.Items.Has(ItemTag.Payload));
    }

    [Fact]
    public void Key_not_found()
    {
        var golden = Bytes.Of("010003f800000009 110001ff 12000102 2003ed 00*1005");
        var output = new ArrayBufferWriter<byte>();

        KeylessEncoder.WriteError(output, 9, KeylessError.KeyNotFound);

        Assert.Equal(golden, output.WrittenSpan.ToArray());
        var message = Read(golden, 9);
        Assert.Equal(Opcode.Error, message.Opcode);
        Assert.Equal(KeylessError.KeyNotFound, message.Items.Error);
    }

    [Theory]
    [InlineData(1020, 1024)]
    [InlineData(1021, 1024)]
    [InlineData(1022, 1025)]
    [InlineData(1023, 1026)]
    [InlineData(1024, 1024)]
    [InlineData(1025, 1025)]
    public void Sizes_around_the_padding_limit(int unpadded, int expected)
    {
        // header 8, opcode item 4, payload header 3
        var written = Write(3, new OutgoingItems(Opcode.Ping) { Payload = new byte[unpadded - 15] });

        Assert.Equal(expected, written.Length);
        Assert.Equal(expected - 8, written[2] << 8 | written[3]);
        Assert.Equal(unpadded - 15, Read(written, 3).Payload.Length);
    }

    [Fact]
    public void A_2000_byte_payload_makes_2015_bytes() =>
        Assert.Equal(2015, Write(0, new OutgoingItems(Opcode.Ping) { Payload = new byte[2000] }).Length);

    [Fact]
    public void Items_are_written_in_the_deployed_order()
    {
        var one = new byte[] { 1 };
        var written = Write(0, new OutgoingItems(Opcode.Custom)
        {
            ComplianceRegion = 2, RequestContext = one, TraceSpan = one, CustomFunction = one, CertificateId = one, ServerName = one,
            ServerIp = new byte[4], ClientIp = new byte[16], CertificateDigest = new byte[32], SubjectKeyIdentifier = new byte[20],
            Extra = one, Payload = one, Capabilities = new byte[6],
        });

        Assert.Equal([0x11, 0x12, 0x14, 0x04, 0x01, 0x03, 0x05, 0x02, 0x06, 0x13, 0x15, 0x16, 0x17, 0x40, 0x20], TagsOf(written));
    }

    [Fact]
    public void The_largest_message_is_65543_bytes_and_nothing_larger_is_written()
    {
        var written = Write(0, new OutgoingItems(Opcode.Ping) { Payload = new byte[65_535 - 7] });

        Assert.Equal(KeylessFrame.MaxSize, written.Length);
        Assert.Equal(65_543, KeylessFrame.MaxSize);
        Assert.Throws<ArgumentException>(() => Write(0, new OutgoingItems(Opcode.Ping) { Payload = new byte[65_535 - 6] }));
    }

    [Fact]
    public void An_ipv4_mapped_address_goes_as_four_bytes()
    {
        var written = IpItem.Write(System.Net.IPAddress.Parse("::ffff:192.0.2.10"), new byte[16]);

        Assert.Equal([192, 0, 2, 10], written.ToArray());
        Assert.Equal(16, IpItem.Write(System.Net.IPAddress.IPv6Loopback, new byte[16]).Length);
    }

    private static byte[] Write(uint id, in OutgoingItems items)
    {
        var output = new ArrayBufferWriter<byte>();
        output.GetSpan(4096).Fill(0xEE); // a reused buffer: the padding has to be written, not assumed
        var size = KeylessEncoder.Write(output, id, items);
        Assert.Equal(size, output.WrittenCount);
        return output.WrittenSpan.ToArray();
    }

    private static KeylessMessage Read(byte[] packet, uint id)
    {
        var buffer = new ReadOnlySequence<byte>(packet);
        Assert.Equal(FrameStatus.Complete, KeylessFrame.TryRead(ref buffer, out var frame));
        Assert.True(buffer.IsEmpty);
        var message = new KeylessMessage();
        Assert.True(message.TryRead(frame));
        Assert.Equal(id, message.Id);
        return message;
    }

    private static List<byte> TagsOf(byte[] packet)
    {
        var tags = new List<byte>();
        for (var position = 8; position < packet.Length; position += 3 + (packet[position + 1] << 8 | packet[position + 2]))
            tags.Add(packet[position]);
        return tags;
    }
}
