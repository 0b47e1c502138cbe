using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Latchkey.Client.Links;

/// <summary>
/// Where an edge waits for key servers that connect to it (catalogue L5). It outlives the clients that its connections are for: a reload puts
/// another in the place of the first and the port stays open.
/// </summary>
public sealed class KeyServerListener : IAsyncDisposable
{
    // Key servers are few. More that have not proven who they are, are strangers.
    private const int UnfinishedHandshakes = 32;

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Socket _socket;
    private readonly AddressPlaces _handshakes = new(UnfinishedHandshakes);
    private readonly LogThrottle _turnedAway;
    private readonly LogThrottle _addresses;
    private readonly CancellationTokenSource _stopping = new();
    private volatile KeyServerClient? _client;
    private Task _accepting = Task.CompletedTask;

    /// <summary>Binds, and does not accept before there is a <see cref="Client"/>.</summary>
    /// <param name="endPoint">Port 0 takes a free one.</param>
    /// <param name="bindInterface">Name of the one network interface to accept from; null: any.</param>
    /// <param name="timeProvider">The clock of pauses.</param>
    /// <exception cref="SocketException">The address is taken or not ours, or there is no such interface.</exception>
    public KeyServerListener(IPEndPoint endPoint, string? bindInterface, ILoggerFactory loggers, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(loggers);
        _time = timeProvider;
        _logger = CalmLogger.For<KeyServerClient>(loggers);
        _turnedAway = new LogThrottle(timeProvider);
        _addresses = new LogThrottle(timeProvider);
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.Address.Equals(IPAddress.IPv6Any))
                _socket.DualMode = true; // "*" stands for every address of either family
            _socket.TieTo(bindInterface);
            _socket.Bind(endPoint);
            _socket.Listen(64);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
    }

    /// <summary>Where it listens; port 0 is resolved.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Who gets the connections that come from now on. Its <see cref="KeyServerClientOptions.Accept"/> says which may.</summary>
    public KeyServerClient? Client
    {
        get => _client;
        set
        {
            _client = value;
            value?.AcceptingOn(EndPoint);
            if (value is null || !_accepting.IsCompleted || _stopping.IsCancellationRequested)
                return;
            using (ExecutionContext.SuppressFlow())
                _accepting = Task.Run(() => AcceptLoop.RunAsync(_socket, Welcome, e => KeyServerClient.Log.AcceptFailed(_logger, e), _time, _stopping.Token));
        }
    }

    /// <summary>Accepts no more; connections stay.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _socket.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private void Welcome(Socket socket)
    {
        var client = _client;
        if (client?.Options.Accept is not { } accept || socket.PeerOrNull() is not { } peer)
        {
            socket.Dispose();
            return;
        }
        var holder = AddressPlaces.HolderOf(peer.Address);
        if (!accept.Addresses.Allows(peer.Address))
        {
            client.TurnedAway("address", peer, "its address may not connect.", _addresses);
            socket.Dispose();
        }
        else if (!_handshakes.TryTake(holder))
        {
            client.TurnedAway("handshakes", peer, "too many handshakes under way, or too many of its address.", _turnedAway);
            socket.Dispose();
        }
        else
        {
            _ = AdmitAsync(client, socket, peer, holder);
        }
    }

    private async Task AdmitAsync(KeyServerClient client, Socket socket, IPEndPoint peer, IPAddress holder)
    {
        try
        {
            socket.NoDelay = true;
            if (await client.AcceptAsync(socket, _stopping.Token) is { } reason && _turnedAway.Allows())
                KeyServerClient.Log.TurnedAway(_logger, client.Options.Name, peer.ToString(), reason);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The peer has left, or this side is leaving.
            socket.Dispose();
        }
        catch (Exception e)
        {
            socket.Dispose();
            KeyServerClient.Log.AcceptFailed(_logger, e);
        }
        finally
        {
            _handshakes.Return(holder);
        }
    }
}
