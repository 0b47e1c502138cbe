using System.Buffers;
using System.Text;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tests.Driver;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>0-RTT, RFC 8446 §2.3, §4.2.10 and §8.</summary>
[Trait("Catalogue", "R3")]
public sealed class EarlyDataTests
{
    private readonly MemoryTickets _tickets = new();
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task Early_data_is_delivered_before_the_clients_Finished_and_the_rest_after_it()
    {
        var options = Options();
        var ticket = await TicketAsync(options);
        await using var talk = await SendEarlyAsync(options, ticket, "GET /early");
        var connection = await talk.Accepting.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("GET /early", await HandshakeTests.ReadAllAsync(connection, 10));
        Assert.False(connection.IsHandshakeOver);
        // The server answers half a round trip early.
        connection.Application.Output.Write("answer"u8);
        await connection.Application.Output.FlushAsync();
        await talk.Client.ReadServerFlightAsync();
        Assert.True(talk.Client.AcceptsEarlyData);
        Assert.Equal("answer", await talk.Client.ReadTextAsync(6));
        await talk.Client.SendAsync(", more");
        await FinishAsync(talk);
        await talk.Client.SendAsync("late");
        Assert.Equal(", morelate", await HandshakeTests.ReadAllAsync(connection, 10));
        Assert.True(connection.IsHandshakeOver);
    }

    [Fact]
    public async Task Everything_may_come_in_one_segment_and_the_session_after_it_goes_on()
    {
        var options = Options();
        var ticket = await TicketAsync(options);
        await using var talk = await SendEarlyAsync(options, ticket, "one");
        await talk.Client.ReadServerFlightAsync();
        await talk.Client.SendRawAsync((byte[])[.. talk.Client.EndOfEarlyDataRecord(), .. talk.Client.FinishedRecord(), .. talk.Client.Seal(ContentType.ApplicationData, "two"u8.ToArray())]);
        var connection = await talk.Accepting;
        Assert.Equal("onetwo", await HandshakeTests.ReadAllAsync(connection, 6));
        // The ticket comes with the first data.
        connection.Application.Output.Write("reply"u8);
        await connection.Application.Output.FlushAsync();
        var next = await talk.Client.ReadTicketAsync();
        Assert.Equal("reply", await talk.Client.ReadTextAsync(5));
        await using var again = await SendEarlyAsync(options, next, "three");
        await again.Client.ReadServerFlightAsync();
        Assert.True(again.Client.AcceptsEarlyData);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    public async Task Early_data_survives_input_split_at_every_byte(int step, int segmentSize)
    {
        var options = Options();
        var ticket = await TicketAsync(options);
        await using var talk = new Conversation(options, onServerInput: reader => new ChoppyReader(reader, step, segmentSize));
        talk.Client.Keys = new ScriptedPreSharedKeys(ticket) { EarlyData = true };
        await talk.Client.SendHelloAsync();
        await talk.Client.SendAsync("early");
        await talk.Client.ReadServerFlightAsync();
        await FinishAsync(talk);
        await talk.Client.SendAsync("late");
        Assert.Equal("earlylate", await HandshakeTests.ReadAllAsync(await talk.Accepting, 9));
    }

    [Fact]
    public async Task A_client_whose_Finished_is_wrong_is_refused_before_anything_more_is_delivered()
    {
        var options = Options();
        var ticket = await TicketAsync(options);
        await using var talk = await SendEarlyAsync(options, ticket, "early");
        await talk.Client.ReadServerFlightAsync();
        await talk.Client.SendRawAsync(talk.Client.EndOfEarlyDataRecord());
        await talk.Client.SendRawAsync((byte[])[.. talk.Client.FinishedRecord(message => message[^1] ^= 1), .. talk.Client.Seal(ContentType.ApplicationData, "late"u8.ToArray())]);
        var connection = await talk.Accepting;
        await ReadingEndsAsync(connection, AlertDescription.DecryptError, "early");
        Assert.Equal(AlertDescription.DecryptError, await talk.Client.ReadAlertAsync());
        Assert.False(connection.IsHandshakeOver);
    }

    [Fact]
    public async Task More_early_data_than_the_ticket_allows_is_unexpected_message()
    {
        var options = Options(new ResumptionOptions { Tickets = _tickets, MaxEarlyData = 10 });
        var ticket = await TicketAsync(options);
        await using var talk = await SendEarlyAsync(options, ticket, "0123456789");
        await talk.Client.SendAsync("x");
        await talk.Client.ReadServerFlightAsync();
        await ReadingEndsAsync(await talk.Accepting, AlertDescription.UnexpectedMessage, "0123456789");
    }

    [Fact]
    public async Task Application_data_between_EndOfEarlyData_and_Finished_is_unexpected_message()
    {
        var options = Options();
        var ticket = await TicketAsync(options);
        await using var talk = await SendEarlyAsync(options, ticket, "early");
        await talk.Client.ReadServerFlightAsync();
        await talk.Client.SendRawAsync(talk.Client.EndOfEarlyDataRecord());
        await talk.Client.SendAsync("between");
        await ReadingEndsAsync(await talk.Accepting, AlertDescription.UnexpectedMessage, "early");
    }

    [Fact]
    public async Task A_Finished_without_EndOfEarlyData_and_a_message_more_in_its_record_are_unexpected_message()
    {
        var options = Options();
        await using var without = await SendEarlyAsync(options, await TicketAsync(options), "early");
        await without.Client.ReadServerFlightAsync();
        await without.Client.SendAsync(ContentType.Handshake, Finished.Encode(new byte[32]).Encoded);
        await ReadingEndsAsync(await without.Accepting, AlertDescription.UnexpectedMessage, "early");

        await using var joined = await SendEarlyAsync(options, await TicketAsync(options), "early");
        await joined.Client.ReadServerFlightAsync();
        await joined.Client.SendAsync(ContentType.Handshake, (byte[])[5, 0, 0, 0, 20, 0]);
        await ReadingEndsAsync(await joined.Accepting, AlertDescription.UnexpectedMessage, "early");
    }

    [Fact]
    public async Task A_replayed_hello_is_answered_without_its_early_data()
    {
        var options = Options();
        var ticket = await TicketAsync(options);
        await using var first = await SendEarlyAsync(options, ticket, "buy");
        await first.Client.ReadServerFlightAsync();
        Assert.True(first.Client.AcceptsEarlyData);

        await using var replay = new Conversation(options);
        replay.Client.Hello = first.Client.Hello;
        replay.Client.Keys = first.Client.Keys;
        replay.Client.TakeShareOf(first.Client);
        await replay.Client.SendHelloAsync(first.Client.SentHello);
        await replay.Client.SendAsync("buy");
        await replay.Client.ReadServerFlightAsync();
        Assert.False(replay.Client.AcceptsEarlyData);
        Assert.Equal(0, replay.Client.SelectedIdentity);
        Assert.False(replay.Accepting.IsCompleted);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(9_000, true)]
    [InlineData(11_000, false)]
    [InlineData(-11_000, false)]
    [InlineData(3_600_000, false)]
    public async Task The_age_of_the_ticket_must_be_about_right(int error, bool accepted)
    {
        var options = Options();
        var ticket = await TicketAsync(options);
        _clock.Advance(TimeSpan.FromSeconds(20));
        await using var talk = await SendEarlyAsync(options, ticket with { Age = (uint)(20_000 + error) }, "early");
        await talk.Client.ReadServerFlightAsync();
        Assert.Equal(accepted, talk.Client.AcceptsEarlyData);
        Assert.Equal(0, talk.Client.SelectedIdentity);
    }

    [Fact]
    public async Task Early_data_that_is_not_accepted_is_skipped_and_the_request_can_be_sent_again()
    {
        // The site has stopped to accept it since.
        var ticket = await TicketAsync(Options());
        await using var talk = await SendEarlyAsync(Options(new ResumptionOptions { Tickets = _tickets }), ticket, "early");
        await talk.Client.ReadServerFlightAsync();
        Assert.False(talk.Client.AcceptsEarlyData);
        await talk.Client.SendRawAsync(talk.Client.FinishedRecord());
        await talk.Client.SendAsync("again");
        Assert.Equal("again", await HandshakeTests.ReadAllAsync(await talk.Accepting, 5));
    }

    [Fact]
    public async Task Early_data_goes_with_the_first_identity_only_and_not_after_a_HelloRetryRequest()
    {
        var options = Options();
        var ticket = await TicketAsync(options);
        await using var second = new Conversation(options);
        second.Client.Keys = new ScriptedPreSharedKeys(ticket with { Identity = [1] }, ticket) { EarlyData = true };
        await second.Client.SendHelloAsync();
        await second.Client.ReadServerFlightAsync();
        Assert.Equal(1, second.Client.SelectedIdentity);
        Assert.False(second.Client.AcceptsEarlyData);

        await using var retried = new Conversation(options);
        retried.Client.Hello = retried.Client.Hello with { Shares = [], Groups = [(ushort)Crypto.NamedGroup.X25519] };
        retried.Client.Keys = new ScriptedPreSharedKeys(ticket) { EarlyData = true };
        await retried.Client.SendHelloAsync(retried.Client.Keys.Complete(retried.Client.Hello, []));
        await retried.Client.SendAsync("early");
        await retried.Client.SendSecondHelloAsync();
        await retried.Client.ReadServerFlightAsync();
        Assert.Equal(0, retried.Client.SelectedIdentity);
        Assert.False(retried.Client.AcceptsEarlyData);
    }

    [Fact]
    public async Task A_client_that_never_finishes_is_not_waited_for()
    {
        var options = TestSite.Options(timeProvider: _clock, limits: new TlsLimits { HandshakeTimeout = TimeSpan.FromMilliseconds(300) }, resumption: new ResumptionOptions { Tickets = _tickets, MaxEarlyData = 1000 });
        var ticket = await TicketAsync(options);
        await using var talk = await SendEarlyAsync(options, ticket, "early");
        var connection = await talk.Accepting;
        Assert.Equal("early", await HandshakeTests.ReadAllAsync(connection, 5));
        await Assert.ThrowsAsync<TlsLimitReachedException>(async () => await connection.Application.Input.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task The_guard_forgets_nothing_in_time_and_refuses_when_it_is_full_or_new()
    {
        var now = _clock.GetUtcNow();
        var ticket = await TicketAsync(Options());
        var facts = (await _tickets.FindAsync(ticket.Identity, null!, default))!.Facts;
        var guard = new EarlyDataGuard(now - TimeSpan.FromMinutes(1), capacity: 2);
        Assert.True(guard.TryAdmit(facts, facts.AgeAdd, [1], now));
        Assert.False(guard.TryAdmit(facts, facts.AgeAdd, [1], now + TimeSpan.FromSeconds(9)));
        Assert.True(guard.TryAdmit(facts, facts.AgeAdd, [2], now));
        Assert.False(guard.TryAdmit(facts, facts.AgeAdd, [3], now));
        // Long after, what was remembered is too old to be accepted anyway, and there is room again.
        Assert.True(guard.TryAdmit(facts, facts.AgeAdd + 60_000, [3], now + TimeSpan.FromMinutes(1)));
        // A guard that has just begun cannot know what was accepted before it did (RFC 8446 §8.2).
        Assert.False(new EarlyDataGuard(now - TimeSpan.FromSeconds(5)).TryAdmit(facts, facts.AgeAdd, [1], now));
    }

    [Fact]
    public void Tickets_used_up_are_remembered_for_as_long_as_they_live()
    {
        var now = _clock.GetUtcNow();
        var used = new SingleUseTickets(capacity: 2);
        Assert.True(used.TryUse([1], now + TimeSpan.FromHours(1), now));
        Assert.False(used.TryUse([1], now + TimeSpan.FromHours(1), now + TimeSpan.FromMinutes(59)));
        Assert.True(used.TryUse([2], now + TimeSpan.FromMinutes(1), now));
        Assert.False(used.TryUse([3], now + TimeSpan.FromHours(1), now));
        Assert.True(used.TryUse([3], now + TimeSpan.FromHours(1), now + TimeSpan.FromMinutes(2)));
        Assert.False(used.TryUse([1], now + TimeSpan.FromHours(1), now + TimeSpan.FromMinutes(2)));
    }

    private TlsServerOptions Options(ResumptionOptions? resumption = null) =>
        TestSite.Options(timeProvider: _clock, resumption: resumption ?? new ResumptionOptions { Tickets = _tickets, MaxEarlyData = 16_384 });

    private static async Task<ScriptedKey> TicketAsync(TlsServerOptions options)
    {
        await using var talk = new Conversation(options);
        talk.Client.Hello = talk.Client.Hello with { MoreExtensions = [((ushort)ExtensionType.PskKeyExchangeModes, [1, 1])] };
        await talk.HandshakeAsync();
        return await talk.Client.ReadTicketAsync();
    }

    private static async Task<Conversation> SendEarlyAsync(TlsServerOptions options, ScriptedKey ticket, string data)
    {
        var talk = new Conversation(options);
        talk.Client.Keys = new ScriptedPreSharedKeys(ticket) { EarlyData = true };
        await talk.Client.SendHelloAsync();
        await talk.Client.SendAsync(data);
        return talk;
    }

    private static async Task FinishAsync(Conversation talk)
    {
        await talk.Client.SendRawAsync(talk.Client.EndOfEarlyDataRecord());
        await talk.Client.SendRawAsync(talk.Client.FinishedRecord());
    }

    private static async Task ReadingEndsAsync(TlsServerConnection connection, AlertDescription alert, string before)
    {
        var text = "";
        var failure = await Assert.ThrowsAnyAsync<TlsException>(async () =>
        {
            while (true)
            {
                var read = await connection.Application.Input.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
                text += Encoding.ASCII.GetString(read.Buffer.ToArray());
                connection.Application.Input.AdvanceTo(read.Buffer.End);
                Assert.False(read.IsCompleted);
            }
        });
        Assert.Equal(alert, failure.Alert);
        Assert.Equal(before, text);
    }
}
