using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Latchkey.Client.Balancing;
using Latchkey.Client.Links;
using Latchkey.Client.Tickets;
using Latchkey.Testing;
using Latchkey.Tls.Alerts;
using Latchkey.Wire;

namespace Latchkey.Client.Tests;

/// <summary>Key servers that stop, start again, are loaded, or are one of several.</summary>
public sealed class ReconnectingTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    [Fact]
    [Trait("Catalogue", "L6")]
    public async Task A_key_server_that_starts_again_works_within_a_second_without_a_restart_here()
    {
        var port = FreePort.Next(); // which nobody else is given while there is no key server
        var server = FakeKeyServer.Start(world, port);
        await using var client = world.Client(port);
        client.Start();
        Assert.Equal(1, await Echo(client, 1));

        await server.DisposeAsync();
        await Eventually.Is(() => client.Status[0].LastFailure is not null);
        Assert.False(client.IsConnected);
        var failing = Stopwatch.StartNew();
        var failed = await Assert.ThrowsAsync<KeyHolderFailedException>(() => Echo(client, 2));
        Assert.True(failing.Elapsed < TimeSpan.FromSeconds(2), $"failing took {failing.Elapsed}"); // the request timeout is 15 s
        Assert.Contains($"127.0.0.1:{port}", failed.Message, StringComparison.Ordinal);
        Assert.Contains("\"home\"", failed.Message, StringComparison.Ordinal);
        await Task.Delay(1500); // long enough for the pauses between attempts to have grown as far as they go

        await using var again = FakeKeyServer.Start(world, port);
        var connecting = Stopwatch.StartNew();
        await Eventually.Is(() => client.IsConnected);
        Assert.True(connecting.Elapsed < TimeSpan.FromSeconds(1.5), $"connecting took {connecting.Elapsed}"); // half a second, and a TLS handshake on a loaded machine
        Assert.Equal(3, await Echo(client, 3));
    }

    [Fact]
    public async Task A_log_that_fails_ends_neither_the_link_nor_the_following_of_ticket_keys()
    {
        var log = new FailingLog { Fails = true };
        var keys = FakeTicketKeys.Start(world, FreePort.Next());
        await keys.SetAsync(FakeTicketKeys.Key(-60, -10, 4, 3600));
        await using var client = world.Client(TimeProvider.System, log, "home", keys.Server.Port);
        client.Start();
        await using var ring = new KeyServerTicketKeyRing(client, RemoteKey.Of(TestKey.EcdsaP256).Certificate, "example.test");
        await Eventually.Is(() => ring.ForSealing() is not null);

        await keys.DisposeAsync();
        await Eventually.Is(() => ring.ForSealing() is null); // its lines fail, too
        var lines = log.Failures;
        await Eventually.Is(() => log.Failures > lines);
        await using var again = FakeTicketKeys.Start(world, keys.Server.Port);
        await again.SetAsync(FakeTicketKeys.Key(-60, -10, 3600, 7200));

        await Eventually.Is(() => ring.ForSealing() is not null);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task An_attempt_that_fails_in_a_way_nobody_thought_of_is_followed_by_the_next()
    {
        await using var server = FakeKeyServer.Start(world);
        await using var client = world.Client(server.Port);
        var (options, metrics, log) = (client.Options, new ClientMetrics("home"), new LogLines());
        var pace = new Pace(options.Balancing, options.TimeProvider);
        var standing = new ServerStanding(options.Name, server.EndPoint, options.Balancing, pace, options.TimeProvider, metrics, log, () => false);
        var link = new KeyServerLink(server.EndPoint, new OutOfDescriptors(new DiallingConnector(server.EndPoint)), () => null, options, metrics, log, () => { }, standing, () => { });
        using var stopping = new CancellationTokenSource();

        var running = link.RunAsync(stopping.Token);

        await Eventually.Is(() => link.Connection is not null || running.IsCompleted);
        Assert.False(running.IsCompleted, running.Exception?.Message);
        Assert.Contains(log.Lines, line => line.Contains("Too many open files", StringComparison.OrdinalIgnoreCase));
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_key_server_that_is_revoked_while_it_is_being_connected_to_is_not_trusted()
    {
        await using var server = FakeKeyServer.Start(world);
        var (greeting, revoked) = (new TaskCompletionSource(), new TaskCompletionSource());
        server.Greeting = () =>
        {
            greeting.TrySetResult();
            return revoked.Task;
        };
        await using var client = world.Client(server.Port);
        client.Revocation = world.Revoking(world.Edge); // somebody else
        client.Start();
        await greeting.Task.WaitAsync(LinkWorld.Patience);

        client.Revocation = world.Revoking(server.Certificate);
        revoked.SetResult();

        await Eventually.Is(() => client.Status[0].LastFailure?.Contains("revoked", StringComparison.Ordinal) == true);
        Assert.False(client.IsConnected);
    }

    [Fact]
    public async Task Requests_wait_for_the_first_connection_and_fail_at_once_when_it_fails()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound, but it does not listen
        await using var client = world.Client(((IPEndPoint)listener.LocalEndPoint!).Port);
        var early = Echo(client, 1);
        Assert.False(early.IsCompleted);

        client.Start();

        await Assert.ThrowsAsync<KeyHolderFailedException>(() => early.WaitAsync(TimeSpan.FromSeconds(10)));
        await Assert.ThrowsAsync<KeyHolderFailedException>(() => client.WaitUntilConnectedAsync(default));
    }

    [Fact]
    public async Task A_request_under_way_when_the_key_server_restarts_is_sent_again()
    {
        await using var server = FakeKeyServer.Start(world);
        var answered = 0;
        server.Answer = (connection, message) =>
        {
            if (++answered > 1)
                return connection.RespondAsync(message.Id, message.Payload);
            connection.Kill();
            return ValueTask.CompletedTask;
        };
        await using var client = world.Client(server.Port);
        client.Start();

        Assert.Equal(5, await Echo(client, 5));

        Assert.Equal(2, server.Accepted);
    }

    [Fact]
    [Trait("Catalogue", "D2")]
    public async Task Requests_go_round_the_key_servers()
    {
        var counts = new int[3];
        var servers = Enumerable.Range(0, 3).Select(i =>
        {
            var server = FakeKeyServer.Start(world);
            server.Answer = (connection, message) =>
            {
                Interlocked.Increment(ref counts[i]);
                return connection.RespondAsync(message.Id, message.Payload);
            };
            return server;
        }).ToArray();
        await using var client = world.Client([.. servers.Select(server => server.Port)]);
        client.Start();
        await Eventually.Is(() => client.Status.All(status => status.IsConnected));

        for (byte i = 0; i < 30; i++)
            Assert.Equal(i, await Echo(client, i));

        Assert.All(counts, count => Assert.InRange(count, 8, 12));
        foreach (var server in servers)
            await server.DisposeAsync();
    }

    [Theory]
    [InlineData(KeylessError.Overloaded)]
    [InlineData(KeylessError.ShuttingDown)]
    [InlineData(KeylessError.KeyNotFound)]
    [Trait("Catalogue", "D1")]
    public async Task What_one_key_server_refuses_another_may_do(KeylessError error)
    {
        await using var refusing = FakeKeyServer.Start(world);
        refusing.Answer = (connection, message) => connection.RefuseAsync(message.Id, error);
        await using var serving = FakeKeyServer.Start(world);
        await using var client = world.Client(refusing.Port, serving.Port);
        client.Start();
        await Eventually.Is(() => client.Status.All(status => status.IsConnected));

        for (byte i = 0; i < 10; i++)
            Assert.Equal(i, await Echo(client, i));
    }

    [Fact]
    [Trait("Catalogue", "D1")]
    public async Task When_one_key_server_dies_the_other_goes_on_without_a_failure()
    {
        var dying = FakeKeyServer.Start(world);
        dying.Answer = (_, _) => ValueTask.CompletedTask;
        await using var serving = FakeKeyServer.Start(world);
        await using var client = world.Client(dying.Port, serving.Port);
        client.Start();
        await Eventually.Is(() => client.Status.All(status => status.IsConnected));

        var requests = Enumerable.Range(0, 20).Select(i => Echo(client, (byte)i)).ToArray();
        await Eventually.Is(() => requests.Count(request => request.IsCompleted) == 10);
        await dying.DisposeAsync();

        Assert.Equal(Enumerable.Range(0, 20).Select(i => (byte)i), await Task.WhenAll(requests).WaitAsync(LinkWorld.Patience));
    }

    [Theory]
    [InlineData(KeylessError.KeyNotFound, "it has no such key, or none that this edge may use (error 02)")]
    [InlineData(KeylessError.CryptographicFailure, "(error 01)")]
    [InlineData(KeylessError.Overloaded, "it is overloaded (error 40)")]
    public async Task A_refusal_is_told_in_words_with_the_endpoint(KeylessError error, string words)
    {
        await using var server = FakeKeyServer.Start(world);
        server.Answer = (connection, message) => connection.RefuseAsync(message.Id, error);
        await using var client = world.Client(server.Port);
        client.Start();

        var refused = await Assert.ThrowsAsync<KeyHolderFailedException>(() => Echo(client, 1));

        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        Assert.Contains(server.EndPoint.ToString(), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_handshake_hears_of_its_cancellation_and_of_nothing_else()
    {
        await using var server = FakeKeyServer.Start(world);
        var received = new TaskCompletionSource();
        server.Answer = (_, _) =>
        {
            received.TrySetResult();
            return ValueTask.CompletedTask;
        };
        await using var client = world.Client(server.Port);
        client.Start();
        using var cancellation = new CancellationTokenSource();

        var request = client.ExecuteAsync(new EchoOperation(1), mayFail: false, cancellation.Token).AsTask();
        await received.Task.WaitAsync(LinkWorld.Patience);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
    }

    [Fact]
    public async Task Operations_are_counted_and_timed_with_their_outcome()
    {
        var outcomes = new List<(string Operation, string Outcome)>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, listener) => { if (instrument.Name == ClientMetrics.Operations) listener.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            var byName = new Dictionary<string, object?>(tags.ToArray());
            lock (outcomes)
            {
                if (Equals(byName["key_server"], "measured"))
                    outcomes.Add(((string)byName["operation"]!, (string)byName["outcome"]!));
            }
        });
        listener.Start();
        await using var server = FakeKeyServer.Start(world);
        server.Answer = (connection, message) => message.Payload.Span[0] == 0 ? connection.RefuseAsync(message.Id, KeylessError.KeyNotFound) : connection.RespondAsync(message.Id, message.Payload);
        await using var client = world.Named("measured", server.Port);
        client.Start();

        await Echo(client, 1);
        await Assert.ThrowsAsync<KeyHolderFailedException>(() => Echo(client, 0));

        Assert.Equal([("echo", "ok"), ("echo", "KeyNotFound")], outcomes);
    }

    [Fact]
    public async Task A_closed_client_fails_what_is_under_way()
    {
        await using var server = FakeKeyServer.Start(world);
        server.Answer = (_, _) => ValueTask.CompletedTask;
        var client = world.Client(server.Port);
        client.Start();
        var request = Echo(client, 1);
        await Eventually.Is(() => client.Status[0].Outstanding == 1);

        await client.DisposeAsync();

        await Assert.ThrowsAsync<KeyHolderFailedException>(() => request.WaitAsync(LinkWorld.Patience));
    }

    private static async Task<byte> Echo(KeyServerClient client, byte payload) =>
        Assert.Single((await client.ExecuteAsync(new EchoOperation(payload), mayFail: false, default)).Payload.ToArray());

    private readonly struct EchoOperation(byte payload) : IKeyOperation
    {
        public string Name => "echo";

        public bool IsStructured => false;

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
            connection.RequestAsync(new OutgoingItems(Opcode.Custom) { Payload = [payload] }, secret: false, timeout, cancellationToken);
    }

    /// <summary>The first attempt fails as where the process has no descriptors left.</summary>
    private sealed class OutOfDescriptors(IConnector inner) : IConnector
    {
        private int _attempts;

        public bool PausesAfterFailure => inner.PausesAfterFailure;

        public Task<KeyServerConnection> ConnectAsync(KeyServerConnectionOptions options, CancellationToken cancellationToken) =>
            ++_attempts == 1 ? throw new SocketException((int)SocketError.TooManyOpenSockets) : inner.ConnectAsync(options, cancellationToken);
    }
}
