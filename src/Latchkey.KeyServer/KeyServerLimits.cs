namespace Latchkey.KeyServer;

/// <summary>What keeps a flood, a stall or a crowd from becoming a collapse.</summary>
public sealed class KeyServerLimits
{
    /// <summary>Connections at once, handshakes included; the next is closed at once. Default 1,024.</summary>
    public int Connections { get; init; } = 1024;

    /// <summary>TLS handshakes under way at once; the next is closed at once. Default 128.</summary>
    public int UnfinishedHandshakes { get; init; } = 128;

    /// <summary>For one TLS handshake. Default 10 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence of an edge after which its connection is closed; zero for never. Default 30 s, as deployed.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection that is being closed may take to deliver its last replies. Default 5 s, as deployed.</summary>
    public TimeSpan ConnectionDrain { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Requests of one connection without a delivered reply; then the server stops reading. Default 1,024, as deployed.</summary>
    public int OutstandingPerConnection { get; init; } = 1024;

    /// <summary>Requests waiting for a worker, of all edges; the next is refused as overloaded. An edge holds at most as many as are
    /// still free: alone half of them. Default 16,384.</summary>
    public int QueuedRequests { get; init; } = 16_384;

    /// <summary>Bytes of the requests waiting for a worker; the next is refused as overloaded. Default 64 MiB: most requests keep
    /// less than 200 bytes while they wait, but an edge may send 64 KiB of extra items with each.</summary>
    public int QueuedBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>How long a request may wait for a worker before it is refused unsigned; a shorter patience that the edge
    /// announced counts instead. Default 2 s.</summary>
    public TimeSpan QueueAge { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>TLS 1.2 sessions kept in this process for clients that take no tickets (catalogue R2); the next one replaces the oldest. Default 20,000.</summary>
    public int KeptSessions { get; init; } = 20_000;

    /// <summary>Bytes of those sessions together. Default 16 MiB: a session has about 250 bytes, 8 KiB at most.</summary>
    public int KeptSessionBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Relayed handshakes under way, of all edges; the next is refused as overloaded. An edge has at most as many as are still
    /// free: alone half of them. One holds about 20 KiB. Default 4,096.</summary>
    public int RelayedHandshakes { get; init; } = 4096;

    /// <summary>From a relayed ClientHello to the last Finished; then the handshake is forgotten. Default 15 s: an edge gives up sooner.</summary>
    public TimeSpan RelayedHandshakeTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Threads that compute. Default: one for each processor.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;
}
