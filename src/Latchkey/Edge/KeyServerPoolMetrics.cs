using System.Diagnostics.Metrics;
using Latchkey.Client;
using Latchkey.Client.Balancing;

namespace Latchkey.Edge;

/// <summary>How each key server of each pool stands, seen from this edge; looked at when it is asked for, so that operations pay nothing.</summary>
internal static class KeyServerPoolMetrics
{
    /// <param name="links">Asked at each scrape.</param>
    public static void AddTo(Meter meter, KeyServerLinks links)
    {
        meter.CreateObservableGauge("latchkey.edge.key_server.healthy", () => Each(links, status => status.IsConnected && status.Health == HealthState.Healthy ? 1 : 0), description: "1 where the key server is connected and gets operations.");
        meter.CreateObservableGauge("latchkey.edge.key_server.answer", () => Each(links, status => status.AnswerMilliseconds / 1000), "s", "Moving average of the key server's answers.");
        meter.CreateObservableGauge("latchkey.edge.key_server.round_trip", () => Each(links, status => status.RoundTripMilliseconds / 1000), "s", "Shortest round trip of the last minutes.");
        meter.CreateObservableGauge("latchkey.edge.key_server.outstanding", () => Each(links, status => status.Outstanding), "{operation}", "Operations asked of the key server that it has not answered.");
        meter.CreateObservableGauge("latchkey.edge.key_server.queued", () => Each(links, status => status.Load.Queued), "{request}", "Requests of all edges that wait there, by its own last report.");
        meter.CreateObservableCounter("latchkey.edge.key_server.late", () => Each(links, status => status.LateAnswers), "{operation}", "Operations that the key server did not answer in time.");
        meter.CreateObservableCounter("latchkey.edge.key_server.wrong", () => Each(links, status => status.WrongAnswers), "{operation}", "Answers of the key server that were wrong and not used.");
    }

    private static IEnumerable<Measurement<double>> Each(KeyServerLinks links, Func<KeyServerEndPointStatus, double> value) =>
        links.All.SelectMany(client => client.Status.Select(status => new Measurement<double>(
            value(status), new KeyValuePair<string, object?>("key_server", client.Options.Name), new KeyValuePair<string, object?>("endpoint", status.EndPoint))));
}
