using System.Collections.Concurrent;
using Latchkey.Wire;

namespace Latchkey.Client.Tests;

/// <summary>Requests that are cancelled, late or too many; ids stay reserved until the key server has replied (attack 15).</summary>
[Trait("Catalogue", "X3")]
public sealed class OutstandingRequestTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    [Fact]
    public async Task A_late_reply_to_a_cancelled_request_reaches_nobody_and_its_id_is_not_used_before()
    {
        var first = new TaskCompletionSource<KeylessMessage>();
        var ids = new ConcurrentBag<uint>();
        await using var server = FakeKeyServer.Start(world);
        server.Answer = (connection, message) =>
        {
            ids.Add(message.Id);
            return first.TrySetResult(message) ? ValueTask.CompletedTask : connection.RespondAsync(message.Id, message.Payload);
        };
        await using var connection = await KeyServerConnection.ConnectAsync(server.EndPoint, world.Connection(), default);
        using var cancellation = new CancellationTokenSource();

        var cancelled = PipeliningTests.Request(connection, 1, cancellation.Token);
        var held = await first.Task.WaitAsync(LinkWorld.Patience);
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled);

        Assert.Equal(1, connection.Outstanding);
        for (byte i = 2; i < 20; i++)
            Assert.Equal(i, await PipeliningTests.Request(connection, i));
        Assert.Single(ids, held.Id);

        await server.Connections.Single().RespondAsync(held.Id, new byte[] { 0xEE });
        Assert.Equal(20, await PipeliningTests.Request(connection, 20));
        Assert.Equal(0, connection.Outstanding);
    }

    [Fact]
    public async Task A_request_that_is_cancelled_already_is_not_sent()
    {
        await using var server = FakeKeyServer.Start(world);
        await using var connection = await KeyServerConnection.ConnectAsync(server.EndPoint, world.Connection(), default);

        await Assert.ThrowsAsync<TaskCanceledException>(() => PipeliningTests.Request(connection, 1, new CancellationToken(canceled: true)));

        Assert.Equal(0, connection.Outstanding);
    }

    [Fact]
    public async Task A_request_without_reply_times_out_and_the_connection_goes_on()
    {
        await using var server = FakeKeyServer.Start(world);
        server.Answer = (connection, message) => message.Payload.Span[0] == 1 ? ValueTask.CompletedTask : connection.RespondAsync(message.Id, message.Payload);
        await using var connection = await KeyServerConnection.ConnectAsync(server.EndPoint, world.Connection(), default);

        var late = await Assert.ThrowsAsync<KeyServerException>(async () =>
            await connection.RequestAsync(new OutgoingItems(Opcode.Custom) { Payload = [1] }, secret: false, TimeSpan.FromMilliseconds(200), default));

        Assert.Equal(KeyServerFailure.TimedOut, late.Failure);
        Assert.Contains(server.EndPoint.ToString(), late.Message, StringComparison.Ordinal);
        Assert.Equal(2, await PipeliningTests.Request(connection, 2));
    }

    [Fact]
    public async Task No_more_than_1024_requests_are_outstanding_and_further_callers_wait()
    {
        var held = new ConcurrentQueue<KeylessMessage>();
        var release = new TaskCompletionSource();
        var most = 0;
        await using var server = FakeKeyServer.Start(world);
        server.Answer = async (connection, message) =>
        {
            held.Enqueue(message);
            most = Math.Max(most, held.Count);
            if (!release.Task.IsCompleted)
                return;
            while (held.TryDequeue(out var next))
                await connection.RespondAsync(next.Id, next.Payload);
        };
        await using var connection = await KeyServerConnection.ConnectAsync(server.EndPoint, world.Connection(), default);

        var requests = Enumerable.Range(0, 3000).Select(i => PipeliningTests.Request(connection, (byte)i)).ToArray();
        await Eventually.Is(() => held.Count == KeyServerConnection.MaxOutstanding - 1); // one id is kept for the ping
        Assert.Equal(0, requests.Count(request => request.IsCompleted));
        release.SetResult();
        while (held.TryDequeue(out var next))
            await server.Connections.Single().RespondAsync(next.Id, next.Payload);

        var replies = await Task.WhenAll(requests).WaitAsync(LinkWorld.Patience);
        Assert.Equal(Enumerable.Range(0, 3000).Select(i => (byte)i), replies);
        Assert.InRange(most, 1000, KeyServerConnection.MaxOutstanding);
    }

    [Fact]
    public async Task A_caller_that_waits_for_an_id_can_be_cancelled_and_times_out()
    {
        await using var server = FakeKeyServer.Start(world);
        server.Answer = (_, _) => ValueTask.CompletedTask;
        await using var connection = await KeyServerConnection.ConnectAsync(server.EndPoint, world.Connection(), default);
        var full = Enumerable.Range(0, KeyServerConnection.MaxOutstanding - 1).Select(_ => PipeliningTests.Request(connection, 0)).ToArray();
        using var cancellation = new CancellationTokenSource();

        var cancelled = PipeliningTests.Request(connection, 1, cancellation.Token);
        var late = connection.PingAsync([], TimeSpan.FromMilliseconds(100)).AsTask();
        Assert.False(cancelled.IsCompleted);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Equal(KeyServerFailure.TimedOut, (await Assert.ThrowsAsync<KeyServerException>(() => late)).Failure);
        await connection.DisposeAsync();
        foreach (var request in full)
            await Assert.ThrowsAsync<KeyServerException>(() => request);
    }
}
