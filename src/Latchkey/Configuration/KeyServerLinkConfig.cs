using System.Net;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client.Balancing;
using Latchkey.Client.Links;
using Latchkey.Tls.Clients;
using Latchkey.Crypto;

namespace Latchkey.Configuration;

/// <summary>One entry of an edge's <c>keyServers</c>: key servers that hold the same keys, and how to reach them.</summary>
internal sealed record KeyServerLinkConfig
{
    /// <summary>The configured name, as in <c>home</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>host:port</c>; at least one, unless <see cref="Accept"/>.</summary>
    public required IReadOnlyList<string> EndPoints { get; init; }

    /// <summary>Where key servers connect to this edge; null: nowhere.</summary>
    public required AcceptConfig? Accept { get; init; }

    /// <summary>null: persistent; otherwise an idle connection is closed after so long.</summary>
    public required TimeSpan? OnDemandIdle { get; init; }

    /// <summary>The one network interface to use; null: any.</summary>
    public required string? BindInterface { get; init; }

    /// <summary>The authorities' revocation lists, verified; null: revocation is not looked at.</summary>
    public required RevocationLists? Revocation { get; init; }

    /// <summary>Full paths of the lists, so that a change is noticed.</summary>
    public required IReadOnlyList<string> RevocationFiles { get; init; }

    /// <summary>The edge's certificate with its private key (which opens the link, not a site).</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>The key that requests are signed with (L3); null: they are not signed.</summary>
    public required PrivateKey? RequestKey { get; init; }

    /// <summary>The authorities that the key servers' certificates must chain to.</summary>
    public required X509Certificate2Collection Authorities { get; init; }

    /// <summary>For one operation.</summary>
    public required TimeSpan RequestTimeout { get; init; }

    /// <summary>How operations are spread over the key servers.</summary>
    public BalancingOptions Balancing { get; init; } = new();
}

/// <summary><c>accept</c>: the edge listens for its key servers (L5).</summary>
/// <param name="Listen">Where.</param>
/// <param name="Options">Who may come.</param>
internal sealed record AcceptConfig(IPEndPoint Listen, AcceptOptions Options);
