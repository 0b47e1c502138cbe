using System.Diagnostics.Metrics;
using Latchkey.Client.DelegatedCredentials;

namespace Latchkey.Edge;

/// <summary>The edge's instruments beyond those of TLS; sites by their names.</summary>
internal sealed class EdgeMetrics : IDisposable
{
    private readonly Meter _meter = new("Latchkey.Edge");
    private readonly Counter<long> _upstreamFailures;
    private readonly Counter<long> _misdirected;
    private readonly Counter<long> _cached;
    private readonly UpDownCounter<long> _relays;
    private readonly Counter<long> _relayedBytes;
    private readonly Counter<long> _reloads;

    /// <param name="links">Asked at each scrape, as are the <paramref name="sessions"/> and the <paramref name="delegations"/>.</param>
    public EdgeMetrics(KeyServerLinks links, SiteSessions sessions, SiteDelegations delegations)
    {
        _upstreamFailures = _meter.CreateCounter<long>("latchkey.edge.upstream.failures", "{request}", "Requests and connections that their upstream did not answer.");
        _misdirected = _meter.CreateCounter<long>("latchkey.edge.misdirected", "{request}", "Requests answered by 421: their host is not the connection's site.");
        _cached = _meter.CreateCounter<long>("latchkey.edge.cache.requests", "{request}", "Requests to sites with a cache, by result: hit, stale, revalidated, miss, bypass.");
        _relays = _meter.CreateUpDownCounter<long>("latchkey.edge.tcp.connections", "{connection}", "Connections relayed to tcp:// upstreams.");
        _relayedBytes = _meter.CreateCounter<long>("latchkey.edge.tcp.bytes", "By", "Plaintext relayed to and from tcp:// upstreams.");
        _reloads = _meter.CreateCounter<long>("latchkey.edge.reloads", "{reload}", "Reloads, by outcome.");
        _meter.CreateObservableGauge(
            "latchkey.edge.key_server.connected",
            () => links.All.Select(client => new Measurement<int>(client.IsConnected ? 1 : 0, new KeyValuePair<string, object?>("key_server", client.Options.Name))),
            description: "1 where at least one key server of that name is connected.");
        _meter.CreateObservableGauge(
            "latchkey.edge.delegated_credential.remaining",
            () => delegations.All.Select(one => new Measurement<double>(Remaining(one.Credentials.Status), new KeyValuePair<string, object?>("site", one.Site))),
            "s",
            "How long the delegated credential that is served is valid; 0: none is served.");
        KeyServerPoolMetrics.AddTo(_meter, links);
        TicketKeyMetrics.AddTo(_meter, links, sessions);
    }

    public void UpstreamFailed(string site, string error) => _upstreamFailures.Add(1, new("site", site), new("error", error));

    public void Misdirected(string site) => _misdirected.Add(1, new KeyValuePair<string, object?>("site", site));

    /// <param name="result"><c>hit</c>, <c>stale</c>, <c>revalidated</c>, <c>miss</c> or <c>bypass</c>.</param>
    public void Cached(string site, string result) => _cached.Add(1, new("site", site), new("result", result));

    public void RelayOpened(string site) => _relays.Add(1, new KeyValuePair<string, object?>("site", site));

    public void RelayClosed(string site) => _relays.Add(-1, new KeyValuePair<string, object?>("site", site));

    public void Relayed(string site, string direction, long bytes) => _relayedBytes.Add(bytes, new("site", site), new("direction", direction));

    public void Reloaded(bool succeeded) => _reloads.Add(1, new KeyValuePair<string, object?>("outcome", succeeded ? "succeeded" : "failed"));

    public void Dispose() => _meter.Dispose();

    private static double Remaining(DelegatedCredentialStatus status) => status is { IsServed: true, NotAfter: { } end } ? Math.Max(0, (end - DateTimeOffset.UtcNow).TotalSeconds) : 0;
}
