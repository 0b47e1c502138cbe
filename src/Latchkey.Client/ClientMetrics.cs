using System.Diagnostics.Metrics;

namespace Latchkey.Client;

/// <summary>What the edge measures of its way to key servers. All names are here.</summary>
public sealed class ClientMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Latchkey.Client";

    /// <summary>Counter: operations. Tags: <c>key_server</c>, <c>operation</c>, <c>outcome</c> (<c>ok</c>, an error's name, or a failure's).</summary>
    public const string Operations = "latchkey.client.operations";

    /// <summary>Histogram, seconds: an operation from call to result, queueing and retries included. Tags: <c>key_server</c>, <c>operation</c>.</summary>
    public const string OperationDuration = "latchkey.client.operation.duration";

    /// <summary>Counter: operations that were tried again on another connection. Tag: <c>key_server</c>.</summary>
    public const string Retries = "latchkey.client.retries";

    /// <summary>Up-down counter: connections that are established. Tags: <c>key_server</c>, <c>endpoint</c>.</summary>
    public const string Connections = "latchkey.client.connections";

    /// <summary>Counter: attempts to connect that failed. Tags: <c>key_server</c>, <c>endpoint</c>.</summary>
    public const string ConnectFailures = "latchkey.client.connect.failures";

    /// <summary>Counter: key servers that got no operations for a while. Tags: <c>key_server</c>, <c>endpoint</c>, <c>reason</c> (<c>late</c>, <c>failed</c>, <c>wrong</c>).</summary>
    public const string Ejections = "latchkey.client.ejections";

    /// <summary>Counter: ejected key servers that are healthy again. Tags: <c>key_server</c>, <c>endpoint</c>.</summary>
    public const string Returns = "latchkey.client.returns";

    /// <summary>Up-down counter: private keys of key servers that are in this process's memory (S6). Tag: <c>key_server</c>.</summary>
    public const string FetchedKeys = "latchkey.client.fetched_keys";

    /// <summary>Counter: operations that a second key server was asked for because the first took long. Tags: <c>key_server</c>, <c>outcome</c> (<c>won</c>: the second answered first; <c>lost</c>).</summary>
    public const string Hedges = "latchkey.client.hedges";

    /// <summary>Counter: connections of key servers that dialled and were not let in. Tags: <c>key_server</c>, <c>reason</c>.</summary>
    public const string TurnedAwayConnections = "latchkey.client.turned_away";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> OperationCounter = Meter.CreateCounter<long>(Operations, "{operation}", "Operations asked of key servers.");
    private static readonly Histogram<double> DurationHistogram = Meter.CreateHistogram(OperationDuration, "s", "Operations from call to result.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5] });
    private static readonly Counter<long> RetryCounter = Meter.CreateCounter<long>(Retries, "{operation}", "Operations tried again on another connection.");
    private static readonly UpDownCounter<long> ConnectionCounter = Meter.CreateUpDownCounter<long>(Connections, "{connection}", "Established connections to key servers.");
    private static readonly Counter<long> ConnectFailureCounter = Meter.CreateCounter<long>(ConnectFailures, "{attempt}", "Attempts to connect that failed.");
    private static readonly UpDownCounter<long> FetchedKeyCounter = Meter.CreateUpDownCounter<long>(FetchedKeys, "{key}", "Private keys of key servers in memory.");
    private static readonly Counter<long> EjectionCounter = Meter.CreateCounter<long>(Ejections, "{ejection}", "Key servers that got no operations for a while.");
    private static readonly Counter<long> HedgeCounter = Meter.CreateCounter<long>(Hedges, "{operation}", "Operations that a second key server was asked for because the first took long.");
    private static readonly Counter<long> ReturnCounter = Meter.CreateCounter<long>(Returns, "{return}", "Ejected key servers that are healthy again.");

    private static readonly Counter<long> TurnedAwayCounter = Meter.CreateCounter<long>(TurnedAwayConnections, "{connection}", "Connections of key servers that dialled and were not let in.");

    private readonly KeyValuePair<string, object?> _keyServer;

    internal ClientMetrics(string keyServer) => _keyServer = new("key_server", keyServer);

    internal void Completed(string operation, string outcome, TimeSpan elapsed)
    {
        OperationCounter.Add(1, _keyServer, new("operation", operation), new("outcome", outcome));
        DurationHistogram.Record(elapsed.TotalSeconds, _keyServer, new KeyValuePair<string, object?>("operation", operation));
    }

    internal void TurnedAway(string reason) => TurnedAwayCounter.Add(1, _keyServer, new KeyValuePair<string, object?>("reason", reason));

    internal void Retried() => RetryCounter.Add(1, _keyServer);

    internal void Hedged(string outcome) => HedgeCounter.Add(1, _keyServer, new KeyValuePair<string, object?>("outcome", outcome));

    internal void Ejected(KeyValuePair<string, object?> endPoint, string reason) => EjectionCounter.Add(1, _keyServer, endPoint, new("reason", reason));

    internal void Returned(KeyValuePair<string, object?> endPoint) => ReturnCounter.Add(1, _keyServer, endPoint);

    internal void Connected(KeyServerLink link) => ConnectionCounter.Add(1, _keyServer, link.Tag);

    internal void Disconnected(KeyServerLink link) => ConnectionCounter.Add(-1, _keyServer, link.Tag);

    internal void KeyFetched() => FetchedKeyCounter.Add(1, _keyServer);

    internal void KeyWiped() => FetchedKeyCounter.Add(-1, _keyServer);

    internal void ConnectFailed(KeyServerLink link) => ConnectFailureCounter.Add(1, _keyServer, link.Tag);
}
