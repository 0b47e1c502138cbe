using System.Collections.Concurrent;
using Latchkey.Client.Balancing;
using Latchkey.Wire;

namespace Latchkey.Client.Tests;

/// <summary>Fake key servers under one name, with a client that is connected to all of them.</summary>
internal sealed class FakePool : IAsyncDisposable
{
    private readonly LogLines _log = new();

    private FakePool(FakeKeyServer[] servers)
    {
        Servers = servers;
        Counts = new int[servers.Length];
        Delays = new TimeSpan[servers.Length];
    }

    public FakeKeyServer[] Servers { get; }

    /// <summary>Operations asked of each.</summary>
    public int[] Counts { get; }

    /// <summary>How long each takes for an operation.</summary>
    public TimeSpan[] Delays { get; set; }

    /// <summary>What each does with an operation, where it is not to echo it after its delay.</summary>
    public ConcurrentDictionary<int, Func<FakeConnection, KeylessMessage, ValueTask>> Answers { get; } = [];

    public KeyServerClient Client { get; private set; } = null!;

    /// <summary>What the client logged.</summary>
    public IEnumerable<string> Log => _log.Lines;

    /// <summary>Nobody is asked twice because an answer is late, as it may be on a busy machine.</summary>
    public static BalancingOptions Unhurried { get; } = new() { LateAfter = TimeSpan.FromSeconds(10), HedgeBudget = 0 };

    /// <param name="distances">Milliseconds that each takes for a ping.</param>
    public static async Task<FakePool> StartAsync(LinkWorld world, int count, BalancingOptions balancing, int[]? distances = null, TimeSpan? requestTimeout = null, TimeProvider? time = null)
    {
        var pool = new FakePool([.. Enumerable.Range(0, count).Select(_ => FakeKeyServer.Start(world))]);
        for (var i = 0; i < count; i++)
        {
            var index = i;
            pool.Servers[i].PingDelay = TimeSpan.FromMilliseconds(distances?[i] ?? 0);
            pool.Servers[i].Answer = (connection, message) => pool.AnswerAsync(index, connection, message);
        }
        pool.Client = new KeyServerClient(
            new KeyServerClientOptions
            {
                Name = "home",
                EndPoints = [.. pool.Servers.Select(server => server.EndPoint.ToString())],
                Certificate = world.Edge,
                TrustedAuthorities = [world.Authority],
                RequestTimeout = requestTimeout ?? TimeSpan.FromSeconds(15),
                ConnectTimeout = TimeSpan.FromSeconds(15),
                Balancing = balancing,
                TimeProvider = time ?? TimeProvider.System,
            },
            pool._log);
        pool.Client.Start();
        await Eventually.Is(() => pool.Client.Status.All(status => status.IsConnected));
        return pool;
    }

    /// <summary>So many operations, one after the other; each must succeed.</summary>
    public async Task EchoAsync(int times)
    {
        for (var i = 0; i < times; i++)
            await EchoAsync();
    }

    /// <summary>Until the answers so far are the measure of what is late.</summary>
    public async Task MeasuredAsync()
    {
        var pings = Servers[0].Pings;
        await Eventually.Is(() => Servers[0].Pings >= pings + 2);
    }

    /// <summary>One operation.</summary>
    public async Task<TimeSpan> EchoAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        var payload = (byte)Random.Shared.Next(1, 256);
        var reply = await Client.ExecuteAsync(new EchoOperation(payload), mayFail: false, TestContext.Current.CancellationToken);
        Assert.Equal(payload, Assert.Single(reply.Payload.ToArray()));
        return TimeProvider.System.GetElapsedTime(started);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        foreach (var server in Servers)
            await server.DisposeAsync();
    }

    private async ValueTask AnswerAsync(int index, FakeConnection connection, KeylessMessage message)
    {
        Interlocked.Increment(ref Counts[index]);
        if (Answers.TryGetValue(index, out var answer))
            await answer(connection, message);
        else if (Delays[index] == TimeSpan.Zero)
            await connection.RespondAsync(message.Id, message.Payload);
        else
            _ = RespondLaterAsync(connection, message, Delays[index]);
    }

    private static async Task RespondLaterAsync(FakeConnection connection, KeylessMessage message, TimeSpan delay)
    {
        await Task.Delay(delay);
        try
        {
            await connection.RespondAsync(message.Id, message.Payload);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client has left.
        }
    }

    private readonly struct EchoOperation(byte payload) : IKeyOperation
    {
        public string Name => "echo";

        public bool IsStructured => false;

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
            connection.RequestAsync(new OutgoingItems(Opcode.Custom) { Payload = [payload] }, secret: false, timeout, cancellationToken);
    }
}
