using Latchkey.KeyServer.Audit;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Listener;
using Latchkey.KeyServer.Policy;

namespace Latchkey.KeyServer;

/// <summary>A key server at one moment, for <c>/status</c>; nothing in it is secret.</summary>
/// <param name="Since">When it was created.</param>
/// <param name="Crypto">The provider.</param>
/// <param name="Workers">Threads that compute.</param>
/// <param name="Queued">Requests waiting for a worker.</param>
/// <param name="Lanes">The processors and each device with keys: what waits and what is done there.</param>
/// <param name="Keys">The keys loaded.</param>
/// <param name="Connections">The connections of edges.</param>
/// <param name="Link">Who may connect, and whom the key server dials.</param>
public sealed record KeyServerStatus(DateTimeOffset Since, string Crypto, int Workers, int Queued, IReadOnlyList<LaneStatus> Lanes, IReadOnlyList<KeyStatus> Keys, IReadOnlyList<ConnectionStatus> Connections, LinkStatus Link)
{
    /// <summary>The audit log; null: there is none.</summary>
    public AuditStatus? Audit { get; init; }

    /// <summary>The keys that ticket keys are derived from.</summary>
    public TicketKeyStatus? TicketKeys { get; init; }

    internal static KeyServerStatus Of(KeySet keys, EdgeConnections connections, EdgeDialler dialler, IReadOnlyList<LaneStatus> lanes, KeyServerOptions options, DateTimeOffset since) => new(
        since,
        options.Crypto.Name,
        options.Limits.Workers,
        lanes.Sum(lane => lane.Queued),
        lanes,
        [.. keys.Keys.Select(Describe)],
        [.. connections.Admitted.Select(Describe)],
        LinkStatus.Of(connections, dialler, options));

    private static KeyStatus Describe(StoredKey key) => new(
        Convert.ToHexStringLower(key.Ski),
        key.Private.Algorithm.ToString(),
        key.Private.KeySizeBits,
        key.File,
        key.Source.Serves(KeyOperations.Raw),
        key.Names,
        [.. key.Certificates.Select(c => Convert.ToHexStringLower(c.Fingerprint))]);

    private static ConnectionStatus Describe(EdgeConnection connection) => new(
        connection.Edge.Name,
        connection.Peer?.ToString() ?? "",
        connection.Protocol,
        connection.Since,
        connection.Requests,
        connection.Outstanding,
        connection.Replies.Negotiated,
        connection.IsDialled);
}

/// <summary>A key, by its public side.</summary>
/// <param name="Ski">Lower-case hexadecimal.</param>
/// <param name="Algorithm">Kind of key.</param>
/// <param name="Bits">Modulus or curve.</param>
/// <param name="File">Where it was read from.</param>
/// <param name="RawOperations">Whether it serves raw operations.</param>
/// <param name="Names">DNS names of the certificates found for it.</param>
/// <param name="CertificateFingerprints">SHA-256, lower-case hexadecimal.</param>
public sealed record KeyStatus(string Ski, string Algorithm, int Bits, string File, bool RawOperations, IReadOnlyList<string> Names, IReadOnlyList<string> CertificateFingerprints);

/// <summary>Work at one place.</summary>
/// <param name="Name"><c>processors</c>, or the device.</param>
/// <param name="Workers">Threads: what it does at once.</param>
/// <param name="Busy">Of these, how many are at work.</param>
/// <param name="Queued">Requests waiting.</param>
/// <param name="Answered">Requests performed so far.</param>
/// <param name="Failed">Those of them in which the key or the device failed.</param>
public sealed record LaneStatus(string Name, int Workers, int Busy, int Queued, long Answered, long Failed);

/// <summary>A connection of an edge.</summary>
/// <param name="Edge">Identity, from its certificate.</param>
/// <param name="Peer">Address and port.</param>
/// <param name="Protocol">TLS version of the link.</param>
/// <param name="Since">When it was admitted.</param>
/// <param name="Requests">Received so far.</param>
/// <param name="Outstanding">Without a delivered reply.</param>
/// <param name="IsLatchkey">Whether it has exchanged capabilities.</param>
/// <param name="IsDialled">Whether the key server dialled.</param>
public sealed record ConnectionStatus(string Edge, string Peer, string Protocol, DateTimeOffset Since, long Requests, int Outstanding, bool IsLatchkey, bool IsDialled);
