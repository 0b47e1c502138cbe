using Latchkey.Edge.Caching;
using Latchkey.Tls;
using Latchkey.Tls.AspNetCore;

namespace Latchkey.Edge;

/// <summary>A snapshot for <c>/status</c>; no secrets.</summary>
internal sealed record EdgeStatus
{
    public required string File { get; init; }

    public required IReadOnlyList<SiteStatus> Sites { get; init; }

    public required IReadOnlyList<KeyServerLinkStatus> KeyServers { get; init; }

    /// <summary>Past their handshake and not closed.</summary>
    public required int OpenConnections { get; init; }

    public required int PendingHandshakes { get; init; }

    /// <summary>Since start.</summary>
    public required IReadOnlyList<HandshakeCount> Handshakes { get; init; }

    /// <summary>Sessions that clients brought back since start, and what became of them.</summary>
    public required IReadOnlyList<ResumptionCount> Resumptions { get; init; }

    /// <summary>How the ticket keys stand of sites that have them of a key server.</summary>
    public required IReadOnlyList<Client.Tickets.TicketKeyRingStatus> TicketKeys { get; init; }

    public static EdgeStatus Take(SiteMap map, KeyServerLinks links, SiteSessions sessions, TlsMetrics tls) => new()
    {
        File = map.Config.File,
        Sites = [.. map.Sites.Select(SiteStatus.Of)],
        KeyServers = [.. links.All.Select(KeyServerLinkStatus.Of)],
        TicketKeys = sessions.TicketKeys,
        OpenConnections = tls.OpenConnections,
        PendingHandshakes = tls.PendingHandshakes,
        Handshakes = [.. tls.Handshakes.OrderByDescending(pair => pair.Value).Select(pair => HandshakeCount.Of(pair.Key, pair.Value))],
        Resumptions = [.. tls.Resumptions.OrderByDescending(pair => pair.Value).Select(pair => new ResumptionCount(pair.Key.Arrangement, pair.Key.Result.ToString(), pair.Value))],
    };
}

internal sealed record SiteStatus(IReadOnlyList<string> Names, string? KeyServer, string Custody, string Profile, string Upstream, CacheStatus? Cache, IReadOnlyList<CertificateStatus> Certificates)
{
    public static SiteStatus Of(EdgeSite site) => new(
        site.Config.Names,
        site.Config.KeyServer ?? (site.Config.Threshold is { } shared ? string.Join(", ", shared.KeyServers) : null),
        site.Config.Custody,
        site.Config.Profile.ToString(),
        site.Config.Upstream.ToString()!,
        site.Upstream is CachedUpstream { Cache: var cache } ? new CacheStatus(cache.Count, cache.Bytes, cache.Config.Size) : null,
        [.. site.Config.Certificates.Zip(site.Tls.Certificates, (file, tls) => new CertificateStatus(file.File, file.Chain[0].Subject, tls.PublicKey.Algorithm.ToString(), file.Chain[0].NotAfter.ToUniversalTime(), site.DelegatedCredentialsOf(tls)?.Status))]);
}

/// <param name="Urls">Kept.</param>
/// <param name="Bytes">What they take, of <paramref name="Size"/>.</param>
internal sealed record CacheStatus(int Urls, long Bytes, long Size);

internal sealed record CertificateStatus(string File, string Subject, string Key, DateTimeOffset NotAfter, Client.DelegatedCredentials.DelegatedCredentialStatus? DelegatedCredential);

/// <param name="Balancing">The policy.</param>
/// <param name="EndPoints">Each with how it stands, what is outstanding there, what it can do, and why it could not be reached the last time.</param>
internal sealed record KeyServerLinkStatus(string Name, bool Connected, string Balancing, IReadOnlyList<Client.KeyServerEndPointStatus> EndPoints)
{
    /// <summary>The names of the key servers that connect to this edge; empty: it is the edge that connects.</summary>
    public IReadOnlyList<string> Accepts { get; init; } = [];

    /// <summary>The revocation lists in force.</summary>
    public IReadOnlyList<Tls.Clients.RevocationListInfo> Revocation { get; init; } = [];

    public static KeyServerLinkStatus Of(Client.KeyServerClient client) => new(client.Options.Name, client.IsConnected, client.Options.Balancing.Policy.ToString(), client.Status)
    {
        Accepts = client.Options.Accept?.Names ?? [],
        Revocation = client.Revocation?.Lists ?? [],
    };
}

internal sealed record HandshakeCount(string? Version, string? CipherSuite, string Outcome, long Count)
{
    public static HandshakeCount Of(HandshakeKind kind, long count) => new(
        kind.Version switch { TlsVersion.Tls13 => "TLS 1.3", TlsVersion.Tls12 => "TLS 1.2", _ => null },
        kind.CipherSuite?.ToString(),
        kind.Outcome.ToString(),
        count);
}

/// <param name="Arrangement">Who keeps such sessions.</param>
/// <param name="Result">What became of them; everything but <c>Resumed</c> was a full handshake.</param>
internal sealed record ResumptionCount(string Arrangement, string Result, long Count);
