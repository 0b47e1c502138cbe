using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Latchkey.Testing;

/// <summary>Accepts connections on loopback and serves each, until disposed. A peer that goes away is no failure of a test.</summary>
public sealed class LoopbackListener : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<Task, bool> _serving = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<Socket, CancellationToken, Task> _serve;
    private readonly Task _accepting;
    private int _accepted;
    private int _disposals;

    /// <param name="serve">Serves one connection, which is closed when it returns; told when the listener stops.</param>
    /// <param name="port">0: a free one.</param>
    public LoopbackListener(Func<Socket, CancellationToken, Task> serve, int port = 0)
    {
        _serve = serve;
        // As TcpListener does it: a port whose last owner was killed can be taken again.
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen(1024);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect; says so after the end, too.</summary>
    public IPEndPoint EndPoint { get; }

    public int Port => EndPoint.Port;

    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Completes when no connection is being served; fails as a connection did that failed for another reason than its peer.</summary>
    public Task ServedAsync() => Task.WhenAll(_serving.Keys);

    /// <summary>Accepts no more, and tells those who serve. Does not wait for them.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Increment(ref _disposals) > 1)
            return;
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                Interlocked.Increment(ref _accepted);
                var serving = ServeAsync(socket);
                _serving.TryAdd(serving, true);
                _ = serving.ContinueWith(done => done.IsCompletedSuccessfully && _serving.TryRemove(done, out _), TaskScheduler.Default);
            }
        }
        catch (Exception e) when (_stopping.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The end.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var connection = socket;
        try
        {
            await _serve(socket, _stopping.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
        {
            // The peer has gone, or it is the end.
        }
    }
}
