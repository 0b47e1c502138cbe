using System.Net.Sockets;
using Latchkey.Client;
using Latchkey.Client.Links;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Listener;

/// <summary>Keeps one edge connected: dials, serves until the connection ends, dials again.</summary>
internal sealed class DialledEdge(DialTarget target, KeyServerOptions options, EdgeConnections connections, KeyServerMetrics metrics, ILogger log)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    // An edge that has come back is served again within a second or so.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    // A certificate that is not accepted does not become so by itself, and each attempt costs both sides a handshake.
    private static readonly TimeSpan LongestPauseRefused = TimeSpan.FromSeconds(5);
    // What ends sooner was no success: an edge that closes at once must not be dialled twenty times a second.
    private static readonly TimeSpan Success = TimeSpan.FromSeconds(5);

    private readonly KeyServerEndPoint _endPoint = KeyServerEndPoint.Parse(target.Edge);
    private readonly Backoff _backoff = new(FirstPause);
    private volatile string? _failure;
    private volatile bool _connected;

    public DialStatus Status => new(target.Edge, _connected, _failure);

    /// <summary>Until the token is cancelled; the connection that stands then stays. Does not throw.</summary>
    public async Task KeepConnectedAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var pause = await DialAndServeAsync(cancellationToken);
                await Task.Delay(pause, options.TimeProvider, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            log.DiallingEnded(target.Edge, e);
        }
    }

    /// <returns>How long to wait before the next attempt.</returns>
    private async Task<TimeSpan> DialAndServeAsync(CancellationToken cancellationToken)
    {
        Socket socket;
        try
        {
            socket = await ConnectAsync(cancellationToken);
        }
        catch (SocketException e)
        {
            Failed("unreachable", e.Message + ".");
            return _backoff.Next(LongestPause);
        }
        var started = options.TimeProvider.GetTimestamp();
        var refusal = await ServeAsync(socket, cancellationToken);
        if (refusal is not null)
            Failed("not_admitted", refusal);
        else if (options.TimeProvider.GetElapsedTime(started) > Success)
            _backoff.Reset();
        return _backoff.Next(refusal is null ? LongestPause : LongestPauseRefused);
    }

    private async Task<string?> ServeAsync(Socket socket, CancellationToken cancellationToken)
    {
        var serving = connections.ServeAsync(socket, target, admissionEnded: () => { }, admitted: () =>
        {
            metrics.Dialled(target.Edge, "connected");
            _failure = null;
            _connected = true;
        });
        try
        {
            return await serving.WaitAsync(cancellationToken);
        }
        finally
        {
            _connected = false;
        }
    }

    private async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = new CancellationTokenSource(ConnectTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            socket.TieTo(options.BindInterface);
            KeepAlive(socket);
            await socket.ConnectAsync(_endPoint.ToEndPoint(), either.Token);
            return socket;
        }
        catch (Exception e)
        {
            socket.Dispose();
            throw e is OperationCanceledException && !cancellationToken.IsCancellationRequested ? new SocketException((int)SocketError.TimedOut) : e;
        }
    }

    // The edge pings too; but where it has vanished without a word, only this tells, and a firewall between forgets silent connections.
    private static void KeepAlive(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 3);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
    }

    private void Failed(string outcome, string reason)
    {
        metrics.Dialled(target.Edge, outcome);
        if (_failure == reason)
            log.StillCannotDial(target.Edge, reason);
        else
            log.CannotDial(target.Edge, reason);
        _failure = reason;
    }
}
