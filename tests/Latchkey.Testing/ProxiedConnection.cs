using System.Net;
using System.Net.Sockets;

namespace Latchkey.Testing;

/// <summary>One connection through a <see cref="DelayingProxy"/>: two delay lines and what they counted.</summary>
internal sealed class ProxiedConnection : IDisposable
{
    private readonly Socket _client;
    private readonly Socket _server = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private int _waitingForAnswer;
    private long _roundTrips;

    public ProxiedConnection(DelayingProxy proxy, Socket client)
    {
        _client = client;
        client.NoDelay = true;
        ToTarget = new DelayLine(() => proxy.ToTarget, () => proxy.Frozen, proxy.PieceSize, () => Volatile.Write(ref _waitingForAnswer, 1));
        ToClient = new DelayLine(() => proxy.ToClient, () => proxy.Frozen, 0, CountAnswer);
    }

    public DelayLine ToTarget { get; }

    public DelayLine ToClient { get; }

    public long RoundTrips => Volatile.Read(ref _roundTrips);

    public async Task RunAsync(IPEndPoint target, CancellationToken stopping)
    {
        await _server.ConnectAsync(target, stopping);
        var up = ToTarget.CarryAsync(_client, _server, stopping);
        var down = ToClient.CarryAsync(_server, _client, stopping);
        // A broken direction breaks the other at once, a half-closed one does not.
        var first = await Task.WhenAny(up, down);
        if (!first.IsCompletedSuccessfully)
        {
            Reset();
        }

        await Task.WhenAll(up, down);
    }

    public void Reset()
    {
        foreach (var socket in new[] { _client, _server })
        {
            try
            {
                socket.LingerState = new LingerOption(true, 0);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Already closed.
            }

            socket.Dispose();
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    private void CountAnswer()
    {
        if (Interlocked.Exchange(ref _waitingForAnswer, 0) == 1)
        {
            Interlocked.Increment(ref _roundTrips);
        }
    }
}
