using Latchkey.Wire;

namespace Latchkey.Client.Tests;

/// <summary>Key servers that break the protocol, fall silent, or die: one reason for all who wait, and never a hang.</summary>
[Trait("Catalogue", "X3")]
public sealed class BrokenKeyServerTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    [Theory]
    [InlineData("474554202f20485454502f312e310d0a", "not the keyless protocol")]
    [InlineData("0100 0007 00000001 110001f0 120004", "malformed")]
    [InlineData("0100 0005 00000001 1100020101", "malformed")]
    [InlineData("0100 0000 00000001", "no reply")]
    [InlineData("0100 0004 00000001 110001f1", "no reply")]
    [InlineData("0100 0004 00000001 11000105", "no reply")]
    [InlineData("0100 0004 7fffffff 110001f0", "no request is outstanding")]
    [InlineData("0100 0004 00000000 110001f0", "no request is outstanding")]
    public async Task Bytes_that_no_key_server_sends_break_the_connection_for_everybody(string bytes, string reason)
    {
        await using var server = FakeKeyServer.Start(world);
        var received = 0;
        server.Answer = (connection, _) => ++received < 3 ? ValueTask.CompletedTask
            : connection.WriteAsync(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));
        await using var connection = await KeyServerConnection.ConnectAsync(server.EndPoint, world.Connection(), default);

        var requests = Enumerable.Range(0, 3).Select(i => PipeliningTests.Request(connection, (byte)i)).ToArray();

        foreach (var request in requests)
        {
            var broken = await Assert.ThrowsAsync<KeyServerException>(() => request.WaitAsync(LinkWorld.Patience));
            Assert.Equal(KeyServerFailure.ProtocolViolation, broken.Failure);
            Assert.Contains(reason, broken.Message, StringComparison.Ordinal);
        }
        Assert.Equal(KeyServerFailure.ProtocolViolation, (await connection.Closed.WaitAsync(LinkWorld.Patience)).Failure);
        await Assert.ThrowsAsync<KeyServerException>(() => PipeliningTests.Request(connection, 9));
    }

    [Fact]
    public async Task A_second_reply_under_one_id_breaks_the_connection()
    {
        await using var server = FakeKeyServer.Start(world);
        server.Answer = async (connection, message) =>
        {
            await connection.RespondAsync(message.Id, message.Payload);
            await connection.RespondAsync(message.Id, message.Payload);
        };
        await using var connection = await KeyServerConnection.ConnectAsync(server.EndPoint, world.Connection(), default);

        Assert.Equal(1, await PipeliningTests.Request(connection, 1));

        Assert.Equal(KeyServerFailure.ProtocolViolation, (await connection.Closed.WaitAsync(LinkWorld.Patience)).Failure);
    }

    [Fact]
    public async Task A_key_server_that_dies_fails_all_requests_at_once()
    {
        await using var server = FakeKeyServer.Start(world);
        var received = new CountdownEvent(10);
        server.Answer = (_, _) =>
        {
            received.Signal();
            return ValueTask.CompletedTask;
        };
        await using var connection = await KeyServerConnection.ConnectAsync(server.EndPoint, world.Connection(), default);
        var requests = Enumerable.Range(0, 10).Select(i => PipeliningTests.Request(connection, (byte)i)).ToArray();
        await Eventually.Is(() => received.IsSet);

        await server.DisposeAsync();

        foreach (var request in requests)
            Assert.Equal(KeyServerFailure.Disconnected, (await Assert.ThrowsAsync<KeyServerException>(() => request.WaitAsync(LinkWorld.Patience))).Failure);
    }

    [Fact]
    public async Task Silence_with_requests_outstanding_is_answered_by_a_ping_and_a_pong_keeps_the_connection()
    {
        await using var server = FakeKeyServer.Start(world);
        server.Answer = async (connection, message) =>
        {
            _ = Task.Delay(1000).ContinueWith(_ => connection.RespondAsync(message.Id, message.Payload).AsTask(), TaskScheduler.Default);
            await Task.CompletedTask;
        };
        await using var connection = await KeyServerConnection.ConnectAsync(server.EndPoint, Impatient(pingTimeout: LinkWorld.Patience), default);

        Assert.Equal(7, await PipeliningTests.Request(connection, 7));

        Assert.True(server.Pings >= 1);
        Assert.False(connection.Closed.IsCompleted);
    }

    [Fact]
    public async Task A_key_server_that_answers_no_ping_is_taken_for_dead()
    {
        await using var server = FakeKeyServer.Start(world);
        server.AnswersPings = false;
        server.Answer = (_, _) => ValueTask.CompletedTask;
        await using var connection = await KeyServerConnection.ConnectAsync(server.EndPoint, Impatient(TimeSpan.FromSeconds(3)), default);

        var dead = await Assert.ThrowsAsync<KeyServerException>(() => PipeliningTests.Request(connection, 1).WaitAsync(LinkWorld.Patience));

        Assert.Equal(KeyServerFailure.Disconnected, dead.Failure);
        Assert.Contains("taken for dead", dead.Message, StringComparison.Ordinal);
        await Eventually.Is(() => server.Pings == 1); // it may read it when it is too late
    }

    [Fact]
    public async Task An_idle_connection_is_kept_alive_by_pings()
    {
        await using var server = FakeKeyServer.Start(world);
        await using var connection = await KeyServerConnection.ConnectAsync(server.EndPoint, Impatient(pingTimeout: LinkWorld.Patience), default);

        await Eventually.Is(() => server.Pings >= 3);

        Assert.False(connection.Closed.IsCompleted);
    }

    private KeyServerConnectionOptions Impatient(TimeSpan pingTimeout) => new()
    {
        Certificate = world.Edge,
        TrustedAuthorities = [world.Authority],
        ConnectTimeout = TimeSpan.FromSeconds(15),
        KeepAliveInterval = TimeSpan.FromMilliseconds(250),
        SilenceLimit = TimeSpan.FromMilliseconds(200),
        PingTimeout = pingTimeout,
    };
}
