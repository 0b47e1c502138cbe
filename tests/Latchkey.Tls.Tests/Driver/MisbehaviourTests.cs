using System.Text;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;
using Latchkey.Tls.Tests.Tls13;

namespace Latchkey.Tls.Tests.Driver;

/// <summary>What clients must not do to the record layer, and what they are told.</summary>
public sealed class MisbehaviourTests
{
    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: example.test\r\n\r\n")]
    [InlineData("HEAD")]
    [InlineData("P")]
    public async Task Plain_http_is_named_as_such(string request)
    {
        await using var talk = new Conversation();
        await talk.Client.SendRawAsync(Encoding.ASCII.GetBytes(request));
        var failure = await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.UnexpectedMessage);
        Assert.Contains("HTTP", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_SSLv2_hello_is_protocol_version()
    {
        await using var talk = new Conversation();
        await talk.Client.SendRawAsync(Convert.FromHexString("802E0103010015000000100100800300800700C0"));
        await talk.FailsAsync<PeerIncompatibleException>(AlertDescription.ProtocolVersion);
    }

    [Theory]
    [InlineData("1604000005", AlertDescription.ProtocolVersion)]
    [InlineData("1603014001", AlertDescription.RecordOverflow)]
    [InlineData("1503010000", AlertDescription.DecodeError)]
    [InlineData("1503010003020000", AlertDescription.DecodeError)]
    [InlineData("1703010001FF", AlertDescription.UnexpectedMessage)]
    [InlineData("140303000101", AlertDescription.UnexpectedMessage)]
    [InlineData("1603010000", AlertDescription.UnexpectedMessage)]
    [InlineData("160301000402000000", AlertDescription.UnexpectedMessage)]
    [InlineData("00", AlertDescription.UnexpectedMessage)]
    public async Task A_bad_first_record_gets_the_right_alert(string hex, AlertDescription alert)
    {
        await using var talk = new Conversation();
        await talk.Client.SendRawAsync(Convert.FromHexString(hex));
        Assert.Equal(alert, await talk.Client.ReadAlertAsync());
        var failure = await Assert.ThrowsAnyAsync<TlsException>(() => talk.Accepting);
        Assert.Equal(alert, failure.Alert);
    }

    [Fact]
    public async Task A_hello_beyond_the_limit_is_refused_by_its_header()
    {
        await using var talk = new Conversation(TestSite.Options(limits: new TlsLimits { MaxClientHelloSize = 1000 }));
        await talk.Client.SendRawAsync(Convert.FromHexString("1603010004010003E5"));
        await talk.FailsAsync<TlsLimitReachedException>(AlertDescription.IllegalParameter);
    }

    [Fact]
    public async Task Another_message_beyond_the_limit_is_refused_by_its_header()
    {
        await using var talk = new Conversation(TestSite.Options(limits: new TlsLimits { MaxHandshakeMessageSize = 100 }));
        await talk.Client.SendHelloAsync();
        await talk.Client.ReadServerFlightAsync();
        await talk.Client.SendAsync(ContentType.Handshake, new byte[] { 20, 0, 1, 0 });
        await talk.FailsAsync<TlsLimitReachedException>(AlertDescription.IllegalParameter);
    }

    [Fact]
    public async Task A_client_that_sends_nothing_is_dropped_when_the_time_is_up()
    {
        await using var talk = new Conversation(TestSite.Options(limits: new TlsLimits { HandshakeTimeout = TimeSpan.FromMilliseconds(50) }));
        Assert.Contains("0.05 s", (await talk.FailsSilentlyAsync<TlsLimitReachedException>(null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_time_of_the_key_server_counts_too()
    {
        var key = HandshakeTests.TestSiteKey(before: new TaskCompletionSource().Task);
        await using var talk = new Conversation(TestSite.Options(key, new TlsLimits { HandshakeTimeout = TimeSpan.FromMilliseconds(300) }));
        await talk.Client.SendHelloAsync();
        await talk.FailsSilentlyAsync<TlsLimitReachedException>(null);
    }

    [Fact]
    public async Task The_callers_token_is_a_cancellation_and_not_a_timeout()
    {
        using var cancelling = new CancellationTokenSource();
        var (client, server) = PipeTransport.Pair();
        var accepting = TlsServerConnection.AcceptAsync(server, TestSite.Options(), TlsEndPoints.None, cancelling.Token).AsTask();
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting);
        client.Output.Complete();
    }

    [Fact]
    public async Task One_handshake_too_many_is_refused_and_the_place_is_free_again_afterwards()
    {
        var options = TestSite.Options(limits: new TlsLimits { MaxConcurrentHandshakes = 1 });
        await using var first = new Conversation(options);
        await using (var second = new Conversation(options))
            await second.FailsSilentlyAsync<TlsLimitReachedException>(null);
        await first.HandshakeAsync();
        await using var third = new Conversation(options);
        await third.HandshakeAsync();
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public async Task Warnings_are_borne_up_to_the_limit(int warnings, bool fails)
    {
        await using var talk = new Conversation();
        // user_canceled, level warning (RFC 8446 §6.1: such a client may or may not close).
        for (var i = 0; i < warnings; i++)
            await talk.Client.SendAsync(ContentType.Alert, new byte[] { 1, 90 });
        if (fails)
            await talk.FailsAsync<TlsLimitReachedException>(AlertDescription.UnexpectedMessage);
        else
            await talk.HandshakeAsync();
    }

    [Theory]
    [InlineData(32, false)]
    [InlineData(33, true)]
    public async Task Empty_records_are_borne_up_to_the_limit(int records, bool fails)
    {
        await using var talk = new Conversation();
        var connection = await talk.HandshakeAsync();
        for (var i = 0; i < records; i++)
            await talk.Client.SendAsync("");
        await talk.Client.SendAsync("x");
        if (fails)
            await Assert.ThrowsAsync<PeerMisbehavedException>(() => HandshakeTests.ReadAllAsync(connection, 1));
        else
            Assert.Equal("x", await HandshakeTests.ReadAllAsync(connection, 1));
    }

    [Fact]
    public async Task A_fatal_alert_ends_the_handshake_without_an_answer()
    {
        await using var talk = new Conversation();
        await talk.Client.SendHelloAsync();
        await talk.Client.ReadMessageAsync(HandshakeType.ServerHello);
        // Sent in the clear: this client gave up before it had keys.
        await talk.Client.SendAsync(ContentType.Alert, new byte[] { 2, 48 });
        var failure = await talk.FailsSilentlyAsync<PeerClosedException>(null);
        Assert.Equal(AlertDescription.UnknownCa, failure.Received);
    }

    [Theory]
    [InlineData("")]
    [InlineData("16")]
    [InlineData("160301")]
    [InlineData("160301020001")]
    public async Task A_transport_that_ends_early_ends_the_handshake(string hex)
    {
        await using var talk = new Conversation();
        if (hex.Length > 0)
            await talk.Client.SendRawAsync(Convert.FromHexString(hex));
        talk.Client.CloseTransport();
        await talk.FailsSilentlyAsync<PeerClosedException>(null);
    }

    [Fact]
    public async Task A_protected_ChangeCipherSpec_is_unexpected_message_even_during_the_handshake()
    {
        await using var talk = new Conversation();
        await talk.Client.SendHelloAsync();
        await talk.Client.ReadServerFlightAsync();
        await talk.Client.SendAsync(ContentType.ChangeCipherSpec, new byte[] { 1 });
        await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.UnexpectedMessage);
    }

    [Fact]
    public async Task ChangeCipherSpec_is_dropped_between_hello_and_Finished_and_nowhere_else()
    {
        byte[] changeCipherSpec = [20, 3, 3, 0, 1, 1];
        await using var talk = new Conversation();
        await talk.Client.SendHelloAsync();
        await talk.Client.SendRawAsync(changeCipherSpec);
        await talk.Client.ReadServerFlightAsync();
        await talk.Client.SendRawAsync(changeCipherSpec);
        await talk.Client.SendRawAsync(talk.Client.FinishedRecord());
        var connection = await talk.Accepting;
        await talk.Client.SendRawAsync(changeCipherSpec);
        var failure = await Assert.ThrowsAsync<PeerMisbehavedException>(() => HandshakeTests.ReadAllAsync(connection, 1));
        Assert.Equal(AlertDescription.UnexpectedMessage, failure.Alert);
        Assert.Equal(AlertDescription.UnexpectedMessage, await talk.Client.ReadAlertAsync());
    }

    [Theory]
    [InlineData("140303000102")]
    [InlineData("14030300020101")]
    [InlineData("1403030000")]
    [InlineData("160303000401000000")]
    [InlineData("15030300020230")]
    public async Task Unprotected_records_after_the_keys_are_set_are_unexpected_message(string hex)
    {
        await using var talk = new Conversation();
        await talk.Client.SendHelloAsync();
        await talk.Client.ReadServerFlightAsync();
        // Once something has come under keys, alerts in the clear are over too.
        if (hex.StartsWith("15", StringComparison.Ordinal))
            await talk.Client.SendAsync(ContentType.Alert, new byte[] { 1, 90 });
        await talk.Client.SendRawAsync(Convert.FromHexString(hex));
        await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.UnexpectedMessage);
    }

    [Fact]
    public async Task A_record_that_is_not_authentic_is_bad_record_mac_and_one_too_long_record_overflow()
    {
        await using var forged = new Conversation();
        await forged.Client.SendHelloAsync();
        await forged.Client.ReadServerFlightAsync();
        await forged.Client.SendRawAsync(new byte[] { 23, 3, 3, 0, 17 }.Concat(new byte[17]).ToArray());
        await forged.FailsAsync<PeerMisbehavedException>(AlertDescription.BadRecordMac);

        await using var tooLong = new Conversation();
        await tooLong.Client.SendHelloAsync();
        await tooLong.Client.ReadServerFlightAsync();
        await tooLong.Client.SendRawAsync(new byte[] { 23, 3, 3, 0x41, 0x01 });
        await tooLong.FailsAsync<PeerMisbehavedException>(AlertDescription.RecordOverflow);

        await using var tooFull = new Conversation();
        await tooFull.Client.SendHelloAsync();
        await tooFull.Client.ReadServerFlightAsync();
        await tooFull.Client.SendAsync(ContentType.ApplicationData, new byte[RecordHeader.MaxPlaintext + 1]);
        await tooFull.FailsAsync<PeerMisbehavedException>(AlertDescription.RecordOverflow);
    }

    [Fact]
    public async Task Application_data_before_the_clients_Finished_is_unexpected_message()
    {
        await using var talk = new Conversation();
        await talk.Client.SendHelloAsync();
        await talk.Client.ReadServerFlightAsync();
        await talk.Client.SendAsync("too early");
        await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.UnexpectedMessage);
    }

    [Fact]
    public async Task A_message_that_spans_a_change_of_keys_is_unexpected_message()
    {
        await using var talk = new Conversation();
        var hello = talk.Client.MakeHello();
        await talk.Client.SendAsync(ContentType.Handshake, (byte[])[.. hello.Encoded.Span, 20, 0]);
        await talk.FailsSilentlyAsync<PeerMisbehavedException>(AlertDescription.UnexpectedMessage);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_comes_with_the_hello_cannot_be_an_answer_to_ours(bool whole)
    {
        // A TLS 1.2 client, where no change of keys follows that would find it.
        await using var talk = new Conversation();
        talk.Client.Hello = new ClientHelloScript { Versions = [0x0303], Suites = [0xC02B] };
        byte[] early = whole ? [16, 0, 0, 2, 1, 0] : [16, 0];
        await talk.Client.SendAsync(ContentType.Handshake, (byte[])[.. talk.Client.MakeHello().Encoded.Span, .. early]);
        await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.UnexpectedMessage);
    }

    [Fact]
    public async Task What_comes_with_the_first_hello_cannot_be_the_second()
    {
        await using var talk = new Conversation();
        talk.Client.Hello = new ClientHelloScript { WithoutShares = true };
        await talk.Client.SendAsync(ContentType.Handshake, (byte[])[.. talk.Client.MakeHello().Encoded.Span, 1, 0]);
        await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.UnexpectedMessage);
    }

    [Fact]
    public async Task Another_record_between_the_pieces_of_a_message_is_unexpected_message()
    {
        await using var talk = new Conversation();
        await talk.Client.SendHelloAsync();
        await talk.Client.ReadServerFlightAsync();
        await talk.Client.SendAsync(ContentType.Handshake, new byte[] { 20, 0 });
        await talk.Client.SendAsync("x");
        await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.UnexpectedMessage);
    }

    [Fact]
    public async Task Refused_early_data_is_dropped_until_the_clients_Finished()
    {
        await using var talk = new Conversation();
        talk.Client.Hello = talk.Client.Hello with { MoreExtensions = [(42, [])] };
        await talk.Client.SendHelloAsync();
        for (var i = 0; i < 5; i++)
            await talk.Client.SendRawAsync(new byte[] { 23, 3, 3, 0x40, 0x11 }.Concat(new byte[0x4011]).ToArray());
        await talk.Client.ReadServerFlightAsync();
        await talk.Client.SendRawAsync(talk.Client.FinishedRecord());
        var connection = await talk.Accepting;
        await talk.Client.SendAsync("late data");
        Assert.Equal("late data", await HandshakeTests.ReadAllAsync(connection, 9));
    }

    [Fact]
    public async Task More_early_data_than_is_skipped_ends_the_connection()
    {
        await using var talk = new Conversation();
        talk.Client.Hello = talk.Client.Hello with { MoreExtensions = [(42, [])] };
        await talk.Client.SendHelloAsync();
        for (var i = 0; i < 9; i++)
            await talk.Client.SendRawAsync(new byte[] { 23, 3, 3, 0x40, 0x11 }.Concat(new byte[0x4011]).ToArray());
        await talk.FailsSilentlyAsync<PeerMisbehavedException>(AlertDescription.BadRecordMac);
    }
}
