using System.Diagnostics.Metrics;
using Latchkey.KeyServer.Freshness;
using Latchkey.KeyServer.Policy;
using Latchkey.Wire;

namespace Latchkey.KeyServer;

/// <summary>The key server's metrics, all of them, under the meter <see cref="MeterName"/>.</summary>
public sealed class KeyServerMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Latchkey.KeyServer";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _requests;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _denials;
    private readonly Counter<long> _limited;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _malformed;
    private readonly Counter<long> _turnedAway;
    private readonly Counter<long> _cutOff;
    private readonly Counter<long> _dials;
    private readonly Counter<long> _reloads;
    private readonly Counter<long> _handshakes;
    private readonly Counter<long> _replays;
    private readonly Counter<long> _audited;
    private readonly Counter<long> _auditFailures;
    private readonly Histogram<double> _duration;

    internal KeyServerMetrics()
    {
        _requests = _meter.CreateCounter<long>("latchkey.keyserver.requests", "{request}", "Requests answered, by operation and outcome.");
        _refusals = _meter.CreateCounter<long>("latchkey.keyserver.refusals", "{request}", "Requests refused unsigned for want of capacity, by reason and lane.");
        _denials = _meter.CreateCounter<long>("latchkey.keyserver.denials", "{request}", "Requests that policy denied, by what stood in the way; the edge saw an unknown key.");
        _limited = _meter.CreateCounter<long>("latchkey.keyserver.limited", "{request}", "Requests beyond what a rule allows, by limit: rate or quota.");
        _dropped = _meter.CreateCounter<long>("latchkey.keyserver.dropped", "{request}", "Requests dropped unsigned because their connection had gone.");
        _malformed = _meter.CreateCounter<long>("latchkey.keyserver.malformed", "{connection}", "Connections closed because of malformed bytes.");
        _turnedAway = _meter.CreateCounter<long>("latchkey.keyserver.turned_away", "{connection}", "Connections not admitted, by reason.");
        _cutOff = _meter.CreateCounter<long>("latchkey.keyserver.cut_off", "{connection}", "Admitted connections ended because their edge is admitted no more, by reason.");
        _dials = _meter.CreateCounter<long>("latchkey.keyserver.dials", "{attempt}", "Attempts to connect to edges, by edge and outcome.");
        _reloads = _meter.CreateCounter<long>("latchkey.keyserver.reloads", "{reload}", "Key reloads, by outcome.");
        _handshakes = _meter.CreateCounter<long>("latchkey.keyserver.relayed_handshakes", "{handshake}", "Relayed handshakes that have ended, by outcome.");
        _replays = _meter.CreateCounter<long>("latchkey.keyserver.replays", "{request}", "Questions that were not fresh, by what they were: used, out_of_time; repeated ones were answered again after a lost connection.");
        _audited = _meter.CreateCounter<long>("latchkey.keyserver.audit.records", "{record}", "Records written to the audit log.");
        _auditFailures = _meter.CreateCounter<long>("latchkey.keyserver.audit.failures", "{attempt}", "Attempts to write the audit log that failed.");
        _duration = _meter.CreateHistogram<double>("latchkey.keyserver.request.duration", "s", "From arrival of a request to its reply, queueing included, by operation and lane.");
    }

    /// <summary>What is looked at when somebody collects, which may be at once: called when all of it is there.</summary>
    internal void Observe(Func<IEnumerable<LaneStatus>> lanes, Func<int> connections, Func<int> keys, Func<int> handshakes, Func<TicketKeyStatus> ticketKeys)
    {
        _meter.CreateObservableGauge("latchkey.keyserver.queue", () => lanes().Select(lane => Of(lane, lane.Queued)), "{request}", "Requests waiting for a worker, by lane.");
        _meter.CreateObservableGauge("latchkey.keyserver.workers.busy", () => lanes().Select(lane => Of(lane, lane.Busy)), "{worker}", "Workers that compute or wait for a device, by lane.");
        _meter.CreateObservableGauge("latchkey.keyserver.connections", connections, "{connection}", "Connections of edges.");
        _meter.CreateObservableGauge("latchkey.keyserver.keys", keys, "{key}", "Private keys loaded.");
        _meter.CreateObservableGauge("latchkey.keyserver.ticket_keys", () => ticketKeys().Counts, "{key}", "Keys that ticket keys are derived from, by who made them: this run of this key server (own), or another (peer).");
        _meter.CreateObservableGauge("latchkey.keyserver.ticket_keys.fresh", () => ticketKeys().IsFresh ? 1 : 0, "{key}", "1 where there is a key that seals now. 0: rotation has stopped.");
        _meter.CreateObservableGauge("latchkey.keyserver.ticket_keys.next", () => ticketKeys().IsNextPresent ? 1 : 0, "{key}", "1 where the next period's key is there. 0 for longer than the period less the lead: rotation has stopped.");
        _meter.CreateObservableGauge("latchkey.keyserver.ticket_keys.age", () => ticketKeys().Ages, "s", "Time since the youngest key was made.");
        _meter.CreateObservableGauge("latchkey.keyserver.ticket_keys.peer.connected", () => ticketKeys().Peers.Select(peer => peer.Of(peer.IsFollowed ? 1 : 0)), "{peer}", "1 where a peer says when its keys change, by peer and endpoint.");
        _meter.CreateObservableGauge("latchkey.keyserver.ticket_keys.peer.skew", () => ticketKeys().Peers.Where(peer => peer.SkewSeconds is not null).Select(peer => peer.Of(peer.SkewSeconds!.Value)), "s", "A peer's clock less this machine's, by peer and endpoint.");
        _meter.CreateObservableGauge("latchkey.keyserver.relayed_handshakes.pending", handshakes, "{handshake}", "Relayed handshakes under way.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    internal void Answered(string operation, KeylessError error, TimeSpan duration, string lane)
    {
        if (_requests.Enabled)
            _requests.Add(1, new KeyValuePair<string, object?>("operation", operation), new KeyValuePair<string, object?>("outcome", OutcomeName(error)));
        if (_duration.Enabled)
            _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("operation", operation), new KeyValuePair<string, object?>("lane", lane));
    }

    internal void Answered(string operation, KeylessError error) =>
        _requests.Add(1, new KeyValuePair<string, object?>("operation", operation), new KeyValuePair<string, object?>("outcome", OutcomeName(error)));

    internal void Refused(string reason, string lane, int count = 1) =>
        _refusals.Add(count, new KeyValuePair<string, object?>("reason", reason), new KeyValuePair<string, object?>("lane", lane));

    internal void Denied(KeyDenial denial) => _denials.Add(1, new KeyValuePair<string, object?>("reason", NameOf(denial)));

    internal void Limited(UseLimit limit) => _limited.Add(1, new KeyValuePair<string, object?>("limit", limit == UseLimit.Rate ? "rate" : "quota"));

    internal void Dropped() => _dropped.Add(1);

    internal void Malformed() => _malformed.Add(1);

    internal void TurnedAway(string reason) => _turnedAway.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal void CutOff(string reason) => _cutOff.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal void Dialled(string edge, string outcome) => _dials.Add(1, new KeyValuePair<string, object?>("edge", edge), new KeyValuePair<string, object?>("outcome", outcome));

    internal void HandshakeEnded(string outcome) => _handshakes.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    internal void NotFresh(FreshnessVerdict verdict) => _replays.Add(1, new KeyValuePair<string, object?>("kind", verdict switch
    {
        FreshnessVerdict.Repeated => "repeated",
        FreshnessVerdict.Used => "used",
        _ => "out_of_time",
    }));

    internal void Audited(int records) => _audited.Add(records);

    internal void AuditFailed() => _auditFailures.Add(1);

    internal void Reloaded(bool succeeded) => _reloads.Add(1, new KeyValuePair<string, object?>("outcome", succeeded ? "ok" : "failed"));

    private static Measurement<int> Of(LaneStatus lane, int value) => new(value, new KeyValuePair<string, object?>("lane", lane.Name));

    internal static string NameOf(KeyDenial denial) => denial switch
    {
        KeyDenial.Edge => "edge",
        KeyDenial.Operation => "operation",
        KeyDenial.Custody => "custody",
        KeyDenial.Name => "name",
        KeyDenial.Certificate => "certificate",
        KeyDenial.Scheme => "scheme",
        KeyDenial.Lifetime => "lifetime",
        _ => "other",
    };

    internal static string OutcomeName(KeylessError error) => error switch
    {
        KeylessError.None => "ok",
        KeylessError.CryptographicFailure => "cryptographic_failure",
        KeylessError.KeyNotFound => "key_not_found",
        KeylessError.BadOpcode => "bad_opcode",
        KeylessError.UnexpectedOpcode => "unexpected_opcode",
        KeylessError.Malformed => "malformed",
        KeylessError.InvalidPublicValue => "invalid_public_value",
        KeylessError.SessionUnknown => "session_unknown",
        KeylessError.StateNotOpened => "state_not_opened",
        KeylessError.BinderWrong => "binder_wrong",
        KeylessError.DeviceBusy => "device_busy",
        KeylessError.RateLimited => "rate_limited",
        KeylessError.NotAllowed => "not_allowed",
        KeylessError.Replayed => "replayed",
        _ => "internal",
    };
}
