using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Latchkey.Testing;

/// <summary>
/// A TCP proxy on loopback that makes the other end far away. It is a delay line: bytes keep their distance from each
/// other, so what was pipelined stays pipelined. It also cuts, freezes, splits and counts.
/// </summary>
public sealed class DelayingProxy : IAsyncDisposable
{
    private readonly LoopbackListener _listener;
    private readonly IReadOnlyList<IPEndPoint> _targets;
    private readonly ConcurrentDictionary<ProxiedConnection, bool> _connections = new();
    private int _next = -1;

    private DelayingProxy(IReadOnlyList<IPEndPoint> targets)
    {
        _targets = targets;
        _listener = new LoopbackListener(CarryAsync);
    }

    /// <summary>Where clients connect.</summary>
    public IPEndPoint Endpoint => _listener.EndPoint;

    /// <summary>How long a byte takes from the client to the target. May change at any time.</summary>
    public TimeSpan ToTarget { get; set; }

    /// <summary>How long a byte takes from the target to the client.</summary>
    public TimeSpan ToClient { get; set; }

    /// <summary>At most so many bytes are written at once towards the target, each its own segment; 0 leaves them together.</summary>
    public int PieceSize { get; init; }

    /// <summary>While true, new connections are closed as soon as they are accepted, as by a dead host behind a live router.</summary>
    public bool Refusing { get; set; }

    /// <summary>While true, no byte passes in either direction, and no connection is closed.</summary>
    public bool Frozen { get; set; }

    public int Accepted => _listener.Accepted;

    public int Open => _connections.Count;

    public long BytesToTarget => _connections.Keys.Sum(connection => connection.ToTarget.Bytes) + _closedToTarget;

    public long BytesToClient => _connections.Keys.Sum(connection => connection.ToClient.Bytes) + _closedToClient;

    /// <summary>How often, over all connections, an answer from the target followed something from the client.</summary>
    public long RoundTrips => _connections.Keys.Sum(connection => connection.RoundTrips) + _closedRoundTrips;

    private long _closedToTarget;
    private long _closedToClient;
    private long _closedRoundTrips;

    public static DelayingProxy Start(IPEndPoint target, TimeSpan oneWay = default, int pieceSize = 0) =>
        new([target]) { ToTarget = oneWay, ToClient = oneWay, PieceSize = pieceSize };

    public static DelayingProxy Start(int targetPort, TimeSpan oneWay = default, int pieceSize = 0) =>
        Start(new IPEndPoint(IPAddress.Loopback, targetPort), oneWay, pieceSize);

    /// <summary>Connections go to the targets in their turn, as through a balancer that knows nothing of sessions.</summary>
    public static DelayingProxy Spread(params IReadOnlyList<IPEndPoint> targets) => new(targets);

    /// <summary>Resets every open connection (RST both ways). New ones are still accepted.</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Reset();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        Cut();
    }

    private async Task CarryAsync(Socket client, CancellationToken stopping)
    {
        var target = _targets[Interlocked.Increment(ref _next) % _targets.Count];
        using var connection = new ProxiedConnection(this, client);
        if (Refusing)
        {
            connection.Reset();
            return;
        }

        _connections.TryAdd(connection, true);
        try
        {
            await connection.RunAsync(target, stopping);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            connection.Reset();
        }
        finally
        {
            Interlocked.Add(ref _closedToTarget, connection.ToTarget.Bytes);
            Interlocked.Add(ref _closedToClient, connection.ToClient.Bytes);
            Interlocked.Add(ref _closedRoundTrips, connection.RoundTrips);
            _connections.TryRemove(connection, out _);
        }
    }
}
