using System.Net;
using Latchkey.Tls;

namespace Latchkey.Configuration;

/// <summary>A valid edge.json. Immutable; a reload makes another one.</summary>
internal sealed record EdgeConfig
{
    /// <summary>Full path of the file.</summary>
    public required string File { get; init; }

    /// <summary>Where clients connect; at least one. Port 0 asks the system for a free one.</summary>
    public required IReadOnlyList<IPEndPoint> Listen { get; init; }

    /// <summary>Where health, metrics and status are served; null for nowhere.</summary>
    public required IPEndPoint? Admin { get; init; }

    /// <summary>Key servers by their configured name.</summary>
    public required IReadOnlyDictionary<string, KeyServerLinkConfig> KeyServers { get; init; }

    /// <summary>Sites, at least one; no name is served by two.</summary>
    public required IReadOnlyList<SiteConfig> Sites { get; init; }

    /// <summary>Who serves clients that send no SNI or one that no site has; null: they get unrecognized_name.</summary>
    public required SiteConfig? DefaultSite { get; init; }

    /// <summary>What edges share sessions in; null: nothing.</summary>
    public required SessionCacheConfig? SessionCache { get; init; }

    /// <summary>How long connections may end by themselves after SIGTERM.</summary>
    public required TimeSpan Drain { get; init; }

    /// <summary>Bounds against misbehaving peers.</summary>
    public required TlsLimits Limits { get; init; }

    /// <summary>What works but should be known, for the log at start.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
