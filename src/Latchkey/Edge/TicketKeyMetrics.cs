using System.Diagnostics.Metrics;
using Latchkey.Client.Tickets;

namespace Latchkey.Edge;

/// <summary>How the ticket keys of sites stand that have them of key servers (T1, T2), and those key servers' clocks; looked at when it is asked for.</summary>
internal static class TicketKeyMetrics
{
    /// <param name="links">Asked at each scrape, as are the <paramref name="sessions"/>.</param>
    public static void AddTo(Meter meter, KeyServerLinks links, SiteSessions sessions)
    {
        meter.CreateObservableGauge("latchkey.edge.ticket_keys.fresh", () => Each(sessions, keys => keys.IsFresh ? 1 : 0), description: "1 where there is a key that seals now; 0: no tickets are issued.");
        meter.CreateObservableGauge("latchkey.edge.ticket_keys.next", () => Each(sessions, keys => keys.HasNext ? 1 : 0), description: "1 where the key that seals next is there already.");
        meter.CreateObservableGauge("latchkey.edge.ticket_keys.opening", () => Each(sessions, keys => keys.Opening), "{key}", "Keys that open now.");
        meter.CreateObservableGauge("latchkey.edge.ticket_keys.age", () => Each(sessions, keys => keys.Age?.TotalSeconds), "s", "How long ago the key that seals was made.");
        meter.CreateObservableGauge("latchkey.edge.ticket_keys.seals_for", () => Each(sessions, keys => keys.SealsFor.TotalSeconds), "s", "For how long there are keys that seal, from now on.");
        meter.CreateObservableGauge(
            "latchkey.edge.key_server.clock_skew",
            () => links.All.SelectMany(client => client.Status.Where(status => status.ClockSkewSeconds is not null).Select(status => new Measurement<double>(
                status.ClockSkewSeconds!.Value, new KeyValuePair<string, object?>("key_server", client.Options.Name), new KeyValuePair<string, object?>("endpoint", status.EndPoint)))),
            "s",
            "The key server's clock less this machine's.");
    }

    private static IEnumerable<Measurement<double>> Each(SiteSessions sessions, Func<TicketKeyRingStatus, double?> value) =>
        sessions.TicketKeys.Where(keys => value(keys) is not null).Select(keys => new Measurement<double>(value(keys)!.Value, new KeyValuePair<string, object?>("site", keys.Site)));
}
