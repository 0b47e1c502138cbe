using System.Net;
using System.Net.Sockets;
using Latchkey.Client.Links;
using Latchkey.KeyServer.Work;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Listener;

/// <summary>Accepts connections within the limits and from the addresses that may connect; turns the others away before a byte of TLS.</summary>
internal sealed class EdgeListener : IDisposable
{
    private readonly CurrentOptions _options;
    private readonly EdgeConnections _connections;
    private readonly KeyServerMetrics _metrics;
    private readonly ILogger _log;
    private readonly LogThrottle _turnedAway;
    private readonly LogThrottle _addresses;
    private readonly AddressPlaces _handshakes;
    private readonly Socket _socket;
    private readonly CancellationTokenSource _stopping = new();
    private Task _accepting = Task.CompletedTask;

    public EdgeListener(IPEndPoint endPoint, CurrentOptions options, EdgeConnections connections, KeyServerMetrics metrics, ILogger log)
    {
        Configured = endPoint;
        _options = options;
        _connections = connections;
        _metrics = metrics;
        _log = log;
        _turnedAway = new LogThrottle(options.Value.TimeProvider);
        _addresses = new LogThrottle(options.Value.TimeProvider);
        _handshakes = new AddressPlaces(options.Limits.UnfinishedHandshakes);
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (endPoint.Address.Equals(IPAddress.IPv6Any))
            _socket.DualMode = true; // "*" stands for every address of either family
    }

    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    private IPEndPoint Configured { get; }

    /// <exception cref="SocketException">The address cannot be bound, or there is no such interface.</exception>
    public void Start()
    {
        _socket.TieTo(_options.Value.BindInterface);
        _socket.Bind(Configured);
        _socket.Listen(512);
        // What runs for the life of a connection must not carry the caller's ambient state with it.
        using (ExecutionContext.SuppressFlow())
            _accepting = Task.Run(() => AcceptLoop.RunAsync(_socket, Welcome, _log.AcceptFailed, _options.Value.TimeProvider, _stopping.Token));
    }

    /// <summary>Accepts no more.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        _socket.Dispose();
        await _accepting;
    }

    public void Dispose()
    {
        _socket.Dispose();
        _stopping.Dispose();
    }

    private void Welcome(Socket socket)
    {
        if (socket.PeerOrNull() is not { } peer)
        {
            socket.Dispose();
            return;
        }
        if (!_connections.Terms.Addresses.Allows(peer.Address))
        {
            TurnAway(socket, peer, "address", "its address may not connect", _addresses);
            return;
        }
        if (_connections.OpenCount >= _options.Limits.Connections)
        {
            TurnAway(socket, peer, "connections", "too many connections", _turnedAway);
            return;
        }
        _handshakes.Limit = _options.Limits.UnfinishedHandshakes;
        var holder = AddressPlaces.HolderOf(peer.Address);
        if (!_handshakes.TryTake(holder))
        {
            TurnAway(socket, peer, "handshakes", "too many handshakes under way, or too many of its address", _turnedAway);
            return;
        }
        _ = _connections.ServeAsync(socket, expected: null, () => _handshakes.Return(holder));
    }

    private void TurnAway(Socket socket, IPEndPoint peer, string kind, string reason, LogThrottle throttle)
    {
        _metrics.TurnedAway(kind);
        if (throttle.Allows())
            _log.TurnedAway(peer, reason);
        socket.Dispose();
    }
}
