using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;
using Latchkey.Tls.Tests.Tls13;

namespace Latchkey.Tls.Tests.Driver;

/// <summary>The decrypted pipe keeps to the contract of pipes, and to that of TLS.</summary>
public sealed class ApplicationPipeTests
{
    [Fact]
    public async Task What_was_examined_but_not_consumed_comes_again_with_more()
    {
        await using var talk = new Conversation();
        var input = (await talk.HandshakeAsync()).Application.Input;
        await talk.Client.SendAsync("GET /");
        var read = await input.ReadAsync();
        input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        var waiting = input.ReadAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        await talk.Client.SendAsync("index");
        read = await waiting;
        Assert.Equal("GET /index", Encoding.ASCII.GetString(read.Buffer.ToArray()));
        input.AdvanceTo(read.Buffer.GetPosition(4), read.Buffer.GetPosition(5));
        read = await input.ReadAsync();
        Assert.Equal("/index", Encoding.ASCII.GetString(read.Buffer.ToArray()));
        input.AdvanceTo(read.Buffer.End);
    }

    [Fact]
    public async Task Content_may_be_consumed_byte_by_byte_over_the_ends_of_blocks()
    {
        await using var talk = new Conversation();
        var input = (await talk.HandshakeAsync()).Application.Input;
        var sent = RandomNumberGenerator.GetBytes(3 * 5000);
        for (var i = 0; i < 3; i++)
            await talk.Client.SendAsync(ContentType.ApplicationData, sent.AsMemory(i * 5000, 5000));
        var received = new List<byte>();
        while (received.Count < sent.Length)
        {
            var read = await input.ReadAsync();
            received.Add(read.Buffer.FirstSpan[0]);
            input.AdvanceTo(read.Buffer.GetPosition(1));
        }

        Assert.Equal(sent, received);
        Assert.False(input.TryRead(out _));
    }

    [Fact]
    public async Task TryRead_sees_what_has_arrived_and_nothing_else()
    {
        await using var talk = new Conversation();
        var input = (await talk.HandshakeAsync()).Application.Input;
        Assert.False(input.TryRead(out _));
        await talk.Client.SendAsync("x");
        Assert.True(input.TryRead(out var read));
        Assert.Equal(1, read.Buffer.Length);
        input.AdvanceTo(read.Buffer.End);
        Assert.False(input.TryRead(out _));
    }

    [Fact]
    public async Task A_pending_read_is_cancelled_once_and_a_read_to_come_too()
    {
        await using var talk = new Conversation();
        var input = (await talk.HandshakeAsync()).Application.Input;
        var waiting = input.ReadAsync().AsTask();
        input.CancelPendingRead();
        var read = await waiting;
        Assert.True(read.IsCanceled);
        input.AdvanceTo(read.Buffer.End);

        input.CancelPendingRead();
        read = await input.ReadAsync();
        Assert.True(read.IsCanceled);
        input.AdvanceTo(read.Buffer.End);

        var next = input.ReadAsync().AsTask();
        await talk.Client.SendAsync("x");
        read = await next;
        Assert.False(read.IsCanceled);
        Assert.Equal(1, read.Buffer.Length);
        input.AdvanceTo(read.Buffer.End);
    }

    [Fact]
    public async Task A_cancelled_token_ends_a_read_and_loses_nothing()
    {
        await using var talk = new Conversation();
        var input = (await talk.HandshakeAsync()).Application.Input;
        using var cancelling = new CancellationTokenSource();
        var waiting = input.ReadAsync(cancelling.Token).AsTask();
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await talk.Client.SendAsync("x");
        var read = await input.ReadAsync();
        Assert.Equal(1, read.Buffer.Length);
        input.AdvanceTo(read.Buffer.End);
    }

    [Fact]
    public async Task Streams_over_the_pipe_work()
    {
        await using var talk = new Conversation();
        var application = (await talk.HandshakeAsync()).Application;
        await talk.Client.SendAsync("hello, stream");
        var buffer = new byte[13];
        await application.Input.AsStream().ReadExactlyAsync(buffer);
        await application.Output.AsStream().WriteAsync(buffer);
        Assert.Equal("hello, stream", await talk.Client.ReadTextAsync(13));
    }

    [Fact]
    public async Task Close_notify_ends_the_input_and_the_output_goes_on()
    {
        await using var talk = new Conversation();
        var application = (await talk.HandshakeAsync()).Application;
        await talk.Client.SendAsync("last");
        await talk.Client.SendAsync(ContentType.Alert, new byte[] { 1, 0 });
        var read = await application.Input.ReadAsync();
        Assert.Equal(4, read.Buffer.Length);
        application.Input.AdvanceTo(read.Buffer.End);
        read = await application.Input.ReadAsync();
        Assert.True(read.IsCompleted);
        Assert.True(read.Buffer.IsEmpty);
        application.Input.AdvanceTo(read.Buffer.End);
        await application.Output.WriteAsync("answer"u8.ToArray());
        Assert.Equal("answer", await talk.Client.ReadTextAsync(6));
    }

    [Fact]
    public async Task Completing_the_output_sends_close_notify_and_the_input_goes_on()
    {
        await using var talk = new Conversation();
        var application = (await talk.HandshakeAsync()).Application;
        application.Output.Write("unflushed"u8);
        await application.Output.CompleteAsync();
        Assert.Equal("unflushed", await talk.Client.ReadTextAsync(9));
        Assert.Equal(AlertDescription.CloseNotify, await talk.Client.ReadAlertAsync());
        Assert.Throws<InvalidOperationException>(() => application.Output.GetMemory());
        await talk.Client.SendAsync("still here");
        var read = await application.Input.ReadAsync();
        Assert.Equal(10, read.Buffer.Length);
        application.Input.AdvanceTo(read.Buffer.End);
    }

    [Fact]
    public async Task An_output_completed_with_an_error_claims_no_clean_end()
    {
        await using var talk = new Conversation();
        var connection = await talk.HandshakeAsync();
        connection.Application.Output.Complete(new InvalidOperationException("the application failed"));
        await connection.DisposeAsync();
        talk.ClientTransport.Output.Complete();
        Assert.False(talk.ClientTransport.Input.TryRead(out _));
    }

    [Fact]
    public async Task Disposing_sends_close_notify_once()
    {
        await using var talk = new Conversation();
        var connection = await talk.HandshakeAsync();
        await connection.DisposeAsync();
        await connection.DisposeAsync();
        Assert.Equal(AlertDescription.CloseNotify, await talk.Client.ReadAlertAsync());
        Assert.False(talk.ClientTransport.Input.TryRead(out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_transport_that_ends_without_close_notify_is_a_truncation(bool midRecord)
    {
        await using var talk = new Conversation();
        var input = (await talk.HandshakeAsync()).Application.Input;
        await talk.Client.SendAsync("complete");
        if (midRecord)
            await talk.Client.SendRawAsync(talk.Client.Seal(ContentType.ApplicationData, new byte[100]).AsMemory(0, 60));
        talk.Client.CloseTransport();
        var read = await input.ReadAsync();
        Assert.Equal(8, read.Buffer.Length);
        Assert.False(read.IsCompleted);
        input.AdvanceTo(read.Buffer.End);
        await Assert.ThrowsAsync<PeerClosedException>(async () => await input.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(5)));
        await Assert.ThrowsAsync<PeerClosedException>(async () => await input.ReadAsync());
    }

    [Fact]
    public async Task A_forged_record_gives_what_came_before_it_then_fails_and_the_client_is_told()
    {
        await using var talk = new Conversation();
        var application = (await talk.HandshakeAsync()).Application;
        var forged = talk.Client.Seal(ContentType.ApplicationData, "good"u8.ToArray()).Concat(new byte[] { 23, 3, 3, 0, 20 }).Concat(new byte[20]).ToArray();
        await talk.Client.SendRawAsync(forged);
        var read = await application.Input.ReadAsync();
        Assert.Equal("good", Encoding.ASCII.GetString(read.Buffer.ToArray()));
        application.Input.AdvanceTo(read.Buffer.End);
        await Assert.ThrowsAsync<PeerMisbehavedException>(async () => await application.Input.ReadAsync());
        Assert.Equal(AlertDescription.BadRecordMac, await talk.Client.ReadAlertAsync());
        Assert.True((await application.Output.WriteAsync("too late"u8.ToArray())).IsCompleted);
    }

    [Fact]
    public async Task An_alert_does_not_wait_for_a_client_that_does_not_read()
    {
        await using var talk = new Conversation(pauseWriterThreshold: 20_000);
        var application = (await talk.HandshakeAsync()).Application;
        var blocked = application.Output.WriteAsync(new byte[100_000]).AsTask();
        Assert.False(blocked.IsCompleted);
        await talk.Client.SendRawAsync(new byte[] { 23, 3, 3, 0, 20 }.Concat(new byte[20]).ToArray());
        await Assert.ThrowsAsync<PeerMisbehavedException>(async () => await application.Input.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(5)));
        // As soon as the client reads, the flush ends and the alert follows behind the data.
        await talk.Client.ReadTextAsync(100_000);
        Assert.True((await blocked).IsCompleted);
        Assert.Equal(AlertDescription.BadRecordMac, await talk.Client.ReadAlertAsync());
    }

    [Fact]
    public async Task Disposing_does_not_wait_long_for_a_client_that_does_not_read()
    {
        await using var talk = new Conversation(TestSite.Options(limits: new TlsLimits { CloseTimeout = TimeSpan.FromMilliseconds(50) }), pauseWriterThreshold: 20_000);
        var connection = await talk.HandshakeAsync();
        connection.Application.Output.Write(new byte[100_000]);
        await connection.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        // What was written is not lost by that.
        await talk.Client.ReadTextAsync(100_000);
        Assert.Equal(AlertDescription.CloseNotify, await talk.Client.ReadAlertAsync());
    }

    [Fact]
    public async Task A_pending_flush_can_be_cancelled()
    {
        await using var talk = new Conversation(pauseWriterThreshold: 20_000);
        var output = (await talk.HandshakeAsync()).Application.Output;
        var blocked = output.WriteAsync(new byte[100_000]).AsTask();
        output.CancelPendingFlush();
        Assert.True((await blocked).IsCanceled);
        await talk.Client.ReadTextAsync(100_000);
        await output.WriteAsync("more"u8.ToArray());
        Assert.Equal("more", await talk.Client.ReadTextAsync(4));
    }

    [Fact]
    public async Task Unflushed_bytes_are_counted()
    {
        await using var talk = new Conversation();
        var output = (await talk.HandshakeAsync()).Application.Output;
        Assert.True(output.CanGetUnflushedBytes);
        output.Write(new byte[50_000]);
        output.GetMemory(100_000);
        output.Advance(7);
        Assert.Equal(50_007, output.UnflushedBytes);
        await output.FlushAsync();
        Assert.Equal(0, output.UnflushedBytes);
        await talk.Client.ReadTextAsync(50_007);
    }

    [Fact]
    public async Task Small_answers_are_one_record_and_large_ones_are_full_records()
    {
        await using var talk = new Conversation();
        var output = (await talk.HandshakeAsync()).Application.Output;
        output.Write("HTTP/1.1 200 OK\r\n"u8);
        output.GetSpan(4096);
        output.Write("Content-Length: 0\r\n\r\n"u8);
        await output.FlushAsync();
        await talk.Client.ReadTextAsync(38);
        Assert.Equal(38 + 17, talk.Client.Records[^1].Length);
        var before = talk.Client.Records.Count;
        var writing = output.WriteAsync(new byte[10 * StagedPlaintext.BlockSize]).AsTask();
        await talk.Client.ReadTextAsync(10 * StagedPlaintext.BlockSize);
        await writing;
        Assert.InRange(talk.Client.Records.Count - before, 10, 11);
    }

    [Fact]
    public async Task The_clients_key_update_is_followed_and_answered_before_the_next_data()
    {
        await using var talk = new Conversation();
        var connection = await talk.HandshakeAsync();
        await talk.Client.SendKeyUpdateAsync(request: 1);
        await talk.Client.SendAsync("under new keys");
        Assert.Equal("under new keys", await HandshakeTests.ReadAllAsync(connection, 14));
        await HandshakeTests.WriteAsync(connection, "mine too"u8.ToArray());
        Assert.Equal("1800000100", Convert.ToHexString(await ReadUpdateAsync(talk.Client)));
        Assert.Equal("mine too", await talk.Client.ReadTextAsync(8));
        await talk.Client.SendKeyUpdateAsync(request: 0);
        await talk.Client.SendAsync("again");
        Assert.Equal("again", await HandshakeTests.ReadAllAsync(connection, 5));
        await HandshakeTests.WriteAsync(connection, "no more"u8.ToArray());
        Assert.Equal("no more", await talk.Client.ReadTextAsync(7));
    }

    [Fact]
    public async Task Many_requests_while_the_server_is_silent_make_one_update()
    {
        await using var talk = new Conversation();
        var connection = await talk.HandshakeAsync();
        for (var i = 0; i < 10; i++)
            await talk.Client.SendKeyUpdateAsync(request: 1);
        await talk.Client.SendAsync("x");
        await HandshakeTests.ReadAllAsync(connection, 1);
        await HandshakeTests.WriteAsync(connection, "one"u8.ToArray());
        await ReadUpdateAsync(talk.Client);
        Assert.Equal("one", await talk.Client.ReadTextAsync(3));
    }

    [Fact]
    public async Task A_flood_of_key_updates_ends_the_connection()
    {
        await using var talk = new Conversation();
        var connection = await talk.HandshakeAsync();
        for (var i = 0; i < 33; i++)
            await talk.Client.SendKeyUpdateAsync(request: 0);
        await Assert.ThrowsAsync<TlsLimitReachedException>(() => HandshakeTests.ReadAllAsync(connection, 1));
    }

    [Theory]
    [InlineData("1800000102", AlertDescription.IllegalParameter)]
    [InlineData("180000020000", AlertDescription.DecodeError)]
    [InlineData("18000000", AlertDescription.DecodeError)]
    [InlineData("180000010018", AlertDescription.UnexpectedMessage)]
    [InlineData("0100000100", AlertDescription.UnexpectedMessage)]
    [InlineData("0400000100", AlertDescription.UnexpectedMessage)]
    [InlineData("0B00000100", AlertDescription.UnexpectedMessage)]
    [InlineData("1400000100", AlertDescription.UnexpectedMessage)]
    public async Task Other_messages_after_the_handshake_are_refused(string hex, AlertDescription alert)
    {
        await using var talk = new Conversation();
        var connection = await talk.HandshakeAsync();
        await talk.Client.SendAsync(ContentType.Handshake, Convert.FromHexString(hex));
        var failure = await Assert.ThrowsAsync<PeerMisbehavedException>(() => HandshakeTests.ReadAllAsync(connection, 1));
        Assert.Equal(alert, failure.Alert);
        Assert.Equal(alert, await talk.Client.ReadAlertAsync());
    }

    [Fact]
    public async Task Data_between_the_pieces_of_a_message_is_refused()
    {
        await using var talk = new Conversation();
        var connection = await talk.HandshakeAsync();
        await talk.Client.SendAsync(ContentType.Handshake, new byte[] { 24, 0 });
        await talk.Client.SendAsync("x");
        await Assert.ThrowsAsync<PeerMisbehavedException>(() => HandshakeTests.ReadAllAsync(connection, 1));
    }

    [Fact]
    public async Task Twenty_megabytes_go_both_ways_unharmed()
    {
        await using var talk = new Conversation();
        var connection = await talk.HandshakeAsync();
        var echo = LoopbackServer.EchoAsync(connection.Application);
        var sent = RandomNumberGenerator.GetBytes(20 << 20);
        var sending = Task.Run(async () =>
        {
            for (var start = 0; start < sent.Length; start += 16_000)
                await talk.Client.SendAsync(ContentType.ApplicationData, sent.AsMemory(start, Math.Min(16_000, sent.Length - start)));
            await talk.Client.SendAsync(ContentType.Alert, new byte[] { 1, 0 });
        });
        using var received = new MemoryStream();
        while (received.Length < sent.Length && await talk.Client.ReadRecordAsync() is { } record)
            received.Write(record.Content);
        await sending;
        await echo;
        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(received.ToArray()));
    }

    private static async Task<byte[]> ReadUpdateAsync(ScriptedClient client)
    {
        var update = (await client.ReadRecordAsync())!.Value;
        Assert.Equal(ContentType.Handshake, update.Type);
        Assert.Equal((byte)HandshakeType.KeyUpdate, update.Content[0]);
        client.ReadProtection = ((Tls13RecordProtection)client.ReadProtection!).NextGeneration();
        return update.Content;
    }
}
