using System.Security.Cryptography.X509Certificates;
using Latchkey.Client.Balancing;

namespace Latchkey.Configuration;

/// <summary>One entry of an edge's <c>keyServers</c>: key servers that hold the same keys, and how to reach them.</summary>
internal sealed record KeyServerLinkConfig
{
    /// <summary>The configured name, as in <c>home</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>host:port</c>, at least one.</summary>
    public required IReadOnlyList<string> EndPoints { get; init; }

    /// <summary>The edge's certificate with its private key (which opens the link, not a site).</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>The authorities that the key servers' certificates must chain to.</summary>
    public required X509Certificate2Collection Authorities { get; init; }

    /// <summary>For one operation.</summary>
    public required TimeSpan RequestTimeout { get; init; }

    /// <summary>How operations are spread over the key servers.</summary>
    public BalancingOptions Balancing { get; init; } = new();
}
