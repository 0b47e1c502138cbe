using Latchkey.Tls.Alerts;
using Latchkey.Tls.Records;
using Latchkey.Tls.Tests.Driver;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>Whatever a client sends: a TlsException and nothing else, at once, and nobody else is disturbed.</summary>
public sealed class FuzzTests
{
    [Fact]
    public async Task Random_bytes_end_in_a_TlsException()
    {
        var random = new Random(8446);
        for (var round = 0; round < 300; round++)
        {
            var bytes = new byte[random.Next(1, 300)];
            random.NextBytes(bytes);
            // Half of them get past the record's header.
            await EndsWellAsync(round % 2 == 0 ? bytes : [22, 3, 1, (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes]);
        }
    }

    [Fact]
    public async Task Every_truncation_of_a_hello_is_a_closed_connection()
    {
        await using var talk = new Conversation();
        var record = talk.Client.Seal(ContentType.Handshake, talk.Client.MakeHello().Encoded);
        for (var length = 0; length < record.Length; length++)
        {
            await using var cut = new Conversation();
            await cut.Client.SendRawAsync(record.AsMemory(0, length));
            cut.Client.CloseTransport();
            await cut.FailsSilentlyAsync<PeerClosedException>(null);
        }
    }

    [Fact]
    public async Task Every_truncation_of_a_hellos_body_is_refused_at_once()
    {
        await using var talk = new Conversation();
        var hello = talk.Client.MakeHello().Encoded.ToArray();
        for (var length = 4; length < hello.Length; length++)
        {
            var cut = hello[..length];
            cut[2] = (byte)((length - 4) >> 8);
            cut[3] = (byte)(length - 4);
            await EndsWellAsync([22, 3, 1, (byte)(length >> 8), (byte)length, .. cut]);
        }
    }

    [Fact]
    public async Task A_hello_with_any_byte_changed_is_served_or_refused()
    {
        await using var talk = new Conversation();
        var record = talk.Client.Seal(ContentType.Handshake, talk.Client.MakeHello().Encoded);
        for (var i = 0; i < record.Length; i++)
        {
            var changed = (byte[])record.Clone();
            changed[i] ^= 0x41;
            await EndsWellAsync(changed);
        }
    }

    [Fact]
    public async Task Random_records_after_the_handshake_end_the_connection_and_not_the_process()
    {
        var random = new Random(9846);
        for (var round = 0; round < 100; round++)
        {
            await using var talk = new Conversation();
            var connection = await talk.HandshakeAsync();
            var content = new byte[random.Next(0, 40)];
            random.NextBytes(content);
            await talk.Client.SendAsync((ContentType)random.Next(0, 30), content);
            talk.Client.CloseTransport();
            await Assert.ThrowsAnyAsync<TlsException>(() => HandshakeTests.ReadAllAsync(connection, int.MaxValue));
        }
    }

    private static async Task EndsWellAsync(byte[] bytes)
    {
        await using var talk = new Conversation();
        await talk.Client.SendRawAsync(bytes);
        talk.Client.CloseTransport();
        await Assert.ThrowsAnyAsync<TlsException>(() => talk.Accepting.WaitAsync(TimeSpan.FromSeconds(20)));
    }
}
