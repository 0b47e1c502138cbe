using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Latchkey.KeyServer.Admission;
using Latchkey.KeyServer.Relay;
using Latchkey.KeyServer.Work;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Listener;

/// <summary>Accepts connections within the limits, has them admitted, and knows all that are open.</summary>
internal sealed class EdgeListener : IAsyncDisposable
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan OverdueCheck = TimeSpan.FromSeconds(1);

    private readonly KeyServerOptions _options;
    private readonly EdgeAdmission _admission;
    private readonly RequestIntake _intake;
    private readonly KeyServerMetrics _metrics;
    private readonly ILogger _log;
    private readonly LogThrottle _turnedAway;
    private readonly LogThrottle _notAdmitted;
    private readonly Socket _socket;
    private readonly ConcurrentDictionary<Socket, Task> _open = new();
    private readonly ConcurrentDictionary<EdgeConnection, bool> _admitted = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _accepting = Task.CompletedTask;
    private ITimer? _overdue;
    private int _handshakes;

    public EdgeListener(KeyServerOptions options, RequestIntake intake, KeyServerMetrics metrics, ILogger log)
    {
        _options = options;
        _admission = new EdgeAdmission(options);
        _intake = intake;
        Handshakes = new HandshakePlaces(options.Limits.RelayedHandshakes);
        _metrics = metrics;
        _log = log;
        _turnedAway = new LogThrottle(options.TimeProvider);
        _notAdmitted = new LogThrottle(options.TimeProvider);
        _socket = new Socket(options.Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
    }

    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Places of relayed handshakes.</summary>
    public HandshakePlaces Handshakes { get; }

    public IEnumerable<EdgeConnection> Connections => _admitted.Keys;

    public int ConnectionCount => _admitted.Count;

    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public void Start()
    {
        _socket.Bind(_options.Listen);
        _socket.Listen(512);
        // What runs for the life of a connection must not carry the caller's ambient state with it.
        using (ExecutionContext.SuppressFlow())
            _accepting = Task.Run(AcceptAsync);
        _overdue = _options.TimeProvider.CreateTimer(_ => EndOverdue(_options.Limits.IdleTimeout), null, OverdueCheck, OverdueCheck);
    }

    /// <summary>Accepts no more, lets every connection answer what it has, and waits for them; the token breaks what is left.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        _socket.Dispose();
        await _accepting;
        if (_overdue is not null)
            await _overdue.DisposeAsync();
        foreach (var connection in Connections)
            connection.BeginClose("the key server is stopping");
        try
        {
            await Task.WhenAll(_open.Values).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            foreach (var socket in _open.Keys)
                socket.Dispose();
            foreach (var connection in Connections)
                connection.Break("the key server stopped");
            await Task.WhenAll(_open.Values);
        }
        _stopping.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync(new CancellationToken(canceled: true));

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Welcome(await _socket.AcceptAsync(_stopping.Token));
            }
            catch (Exception e) when (_stopping.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of descriptors, or a peer that left before it was accepted: the next may fare better.
                _log.AcceptFailed(e);
                await Task.Delay(AcceptPause);
            }
        }
    }

    private void Welcome(Socket socket)
    {
        var reason = _open.Count >= _options.Limits.Connections ? "connections"
            : Volatile.Read(ref _handshakes) >= _options.Limits.UnfinishedHandshakes ? "handshakes" : null;
        if (reason is not null)
        {
            _metrics.TurnedAway(reason);
            if (_turnedAway.Allows())
                _log.TurnedAway(RemoteEndPoint(socket), $"too many {reason}");
            socket.Dispose();
            return;
        }
        Interlocked.Increment(ref _handshakes);
        // Registered before it runs, so that it can take itself off when it ends at once.
        var start = new TaskCompletionSource();
        _open[socket] = ServeAsync(socket, start.Task);
        start.SetResult();
    }

    private async Task ServeAsync(Socket socket, Task registered)
    {
        await registered.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await using var stream = Open(socket);
            if (stream is not null && await AdmitAsync(socket, stream) is { } edge)
                await ServeAsync(socket, stream, edge);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // The peer left while its connection was being closed.
        }
        catch (Exception e)
        {
            _log.ConnectionFailed("(not admitted)", e);
        }
        finally
        {
            _open.TryRemove(socket, out _);
            socket.Dispose();
        }
    }

    // A peer that leaves between accept and here must give its place among the handshakes back, or a hundred such would close the door for good.
    private SslStream? Open(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            return new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            Interlocked.Decrement(ref _handshakes);
            return null;
        }
    }

    private async Task ServeAsync(Socket socket, SslStream stream, EdgeIdentity edge)
    {
        var connection = new EdgeConnection(socket, stream, edge, _intake, Handshakes, _options.Limits, _options.TimeProvider, _metrics, _log);
        _admitted[connection] = true;
        // Stopping looks at the admitted once: who is admitted after that look closes by itself.
        if (_stopping.IsCancellationRequested)
            connection.BeginClose("the key server is stopping");
        try
        {
            await connection.RunAsync();
        }
        finally
        {
            _admitted.TryRemove(connection, out _);
        }
    }

    private async Task<EdgeIdentity?> AdmitAsync(Socket socket, SslStream stream)
    {
        var peer = RemoteEndPoint(socket);
        using var timeout = new CancellationTokenSource(_options.Limits.HandshakeTimeout, _options.TimeProvider);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stopping.Token);
        try
        {
            return await _admission.AdmitAsync(stream, patience.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            var reason = e is OperationCanceledException ? "the handshake took too long." : (e.InnerException ?? e).Message;
            _metrics.TurnedAway(e is OperationCanceledException ? "timeout" : "tls");
            if (_notAdmitted.Allows())
                _log.NotAdmitted(peer, reason);
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _handshakes);
        }
    }

    private void EndOverdue(TimeSpan silence)
    {
        foreach (var connection in Connections)
        {
            connection.Handshakes.EndOverdue();
            if (silence > TimeSpan.Zero)
                connection.CloseIfIdle(silence);
        }
    }

    private static EndPoint? RemoteEndPoint(Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}
