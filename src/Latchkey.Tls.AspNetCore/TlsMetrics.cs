using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.AspNetCore;

/// <summary>
/// All instruments of this library, and the same numbers as plain counts for a status page. Thread-safe; one object may serve
/// any number of listeners. Without one in the application's services a process-wide one is used.
/// </summary>
public sealed class TlsMetrics : IDisposable
{
    /// <summary>The name to give to <c>AddMeter</c> or a <see cref="MeterListener"/>.</summary>
    public const string MeterName = "Latchkey.Tls";

    private readonly ConcurrentDictionary<HandshakeKind, HandshakeTally> _tallies = new();
    private readonly ConcurrentDictionary<ResumptionAttempt, ResumptionTally> _resumptionTallies = new();
    private readonly Meter _meter;
    private readonly Counter<long> _handshakes;
    private readonly Counter<long> _resumptions;
    private readonly Counter<long> _delegated;
    private readonly Histogram<double> _duration;
    private int _pendingHandshakes;
    private int _openConnections;

    /// <param name="factory">The application's, or null for a meter of its own.</param>
    public TlsMetrics(IMeterFactory? factory = null)
    {
        _meter = factory?.Create(MeterName) ?? new Meter(MeterName);
        _handshakes = _meter.CreateCounter<long>("latchkey.tls.handshakes", "{handshake}", "Handshakes ended, by version, suite and outcome.");
        _resumptions = _meter.CreateCounter<long>("latchkey.tls.resumptions", "{attempt}", "Sessions that clients brought back, by who keeps them and what became of them; all but resumed were full handshakes.");
        _delegated = _meter.CreateCounter<long>("latchkey.tls.delegated_credentials", "{handshake}", "Handshakes signed by the key of a delegated credential, and by nobody else's.");
        _duration = _meter.CreateHistogram<double>("latchkey.tls.handshake.duration", "s", "From the accepted connection to Finished or failure.");
        _meter.CreateObservableUpDownCounter("latchkey.tls.handshakes.pending", () => _pendingHandshakes, "{handshake}", "Handshakes under way.");
        _meter.CreateObservableUpDownCounter("latchkey.tls.connections", () => _openConnections, "{connection}", "Connections past their handshake.");
    }

    /// <summary>For applications that registered none.</summary>
    internal static TlsMetrics Shared { get; } = new();

    /// <summary>Handshakes under way.</summary>
    public int PendingHandshakes => Volatile.Read(ref _pendingHandshakes);

    /// <summary>Connections past their handshake and not yet closed.</summary>
    public int OpenConnections => Volatile.Read(ref _openConnections);

    /// <summary>Handshakes ended since start, by version, suite and outcome; kinds that never occurred are absent.</summary>
    public IReadOnlyDictionary<HandshakeKind, long> Handshakes => _tallies.ToDictionary(pair => pair.Key, pair => pair.Value.Count);

    /// <summary>Sessions that clients brought back since start, by who keeps them and what became of them; kinds that never occurred are absent.</summary>
    public IReadOnlyDictionary<ResumptionAttempt, long> Resumptions => _resumptionTallies.ToDictionary(pair => pair.Key, pair => pair.Value.Count);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    internal void HandshakeStarted() => Interlocked.Increment(ref _pendingHandshakes);

    internal void HandshakeEnded(HandshakeOutcome outcome, TlsHandshakeInfo? info, TimeSpan duration)
    {
        Interlocked.Decrement(ref _pendingHandshakes);
        var kind = new HandshakeKind(info?.Version, info?.CipherSuite, outcome);
        _tallies.GetOrAdd(kind, static kind => new HandshakeTally(kind)).Add(_handshakes);
        if (info?.DelegatedCredential is not null)
            _delegated.Add(1);
        if (info?.Resumption is { } attempt)
            _resumptionTallies.GetOrAdd(attempt, static attempt => new ResumptionTally(attempt)).Add(_resumptions);
        _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", NameOf(outcome)));
    }

    internal void ConnectionOpened() => Interlocked.Increment(ref _openConnections);

    internal void ConnectionClosed() => Interlocked.Decrement(ref _openConnections);

    private static string NameOf(HandshakeOutcome outcome) => outcome switch
    {
        HandshakeOutcome.Completed => "completed",
        HandshakeOutcome.PeerMisbehaved => "peer_misbehaved",
        HandshakeOutcome.PeerIncompatible => "peer_incompatible",
        HandshakeOutcome.PeerClosed => "peer_closed",
        HandshakeOutcome.KeyHolderFailed => "key_holder_failed",
        HandshakeOutcome.LimitReached => "limit_reached",
        _ => "failed",
    };

    private static string NameOf(ResumptionResult result) => result switch
    {
        ResumptionResult.Resumed => "resumed",
        ResumptionResult.Unknown => "unknown",
        ResumptionResult.Outlived => "outlived",
        ResumptionResult.NotYetValid => "not_yet_valid",
        ResumptionResult.VersionChanged => "version_changed",
        ResumptionResult.SiteChanged => "site_changed",
        ResumptionResult.ServerNameChanged => "server_name_changed",
        ResumptionResult.ApplicationProtocolChanged => "application_protocol_changed",
        ResumptionResult.CertificateChanged => "certificate_changed",
        ResumptionResult.SuiteChanged => "suite_changed",
        ResumptionResult.EncryptThenMacChanged => "encrypt_then_mac_changed",
        ResumptionResult.ClientCertificateOutlived => "client_certificate_outlived",
        ResumptionResult.ClientCertificateRefused => "client_certificate_refused",
        ResumptionResult.UsedBefore => "used_before",
        ResumptionResult.AgeMismatch => "age_mismatch",
        _ => "declined",
    };

    private sealed class HandshakeTally(HandshakeKind kind) : Tally(
        new("version", kind.Version switch { TlsVersion.Tls13 => "1.3", TlsVersion.Tls12 => "1.2", _ => "none" }),
        new("suite", kind.CipherSuite?.ToString() ?? "none"),
        new("outcome", NameOf(kind.Outcome)));

    private sealed class ResumptionTally(ResumptionAttempt attempt) : Tally(
        new("arrangement", attempt.Arrangement),
        new("result", NameOf(attempt.Result)));

    /// <summary>One kind's count and its tags, spelled once.</summary>
    private abstract class Tally(params KeyValuePair<string, object?>[] tags)
    {
        private long _count;

        public long Count => Interlocked.Read(ref _count);

        public void Add(Counter<long> counter)
        {
            Interlocked.Increment(ref _count);
            counter.Add(1, tags);
        }
    }
}

/// <summary>A kind of handshake in the statistics.</summary>
/// <param name="Version">null where it failed.</param>
/// <param name="CipherSuite">null where it failed.</param>
/// <param name="Outcome">How it ended.</param>
public readonly record struct HandshakeKind(TlsVersion? Version, CipherSuite? CipherSuite, HandshakeOutcome Outcome);
