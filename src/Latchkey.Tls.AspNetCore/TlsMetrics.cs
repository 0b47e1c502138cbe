using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Latchkey.Tls.AspNetCore;

/// <summary>
/// All instruments of this library, and the same numbers as plain counts for a status page. Thread-safe; one object may serve
/// any number of listeners. Without one in the application's services a process-wide one is used.
/// </summary>
public sealed class TlsMetrics : IDisposable
{
    /// <summary>The name to give to <c>AddMeter</c> or a <see cref="MeterListener"/>.</summary>
    public const string MeterName = "Latchkey.Tls";

    private readonly ConcurrentDictionary<HandshakeKind, Tally> _tallies = new();
    private readonly Meter _meter;
    private readonly Counter<long> _handshakes;
    private readonly Histogram<double> _duration;
    private int _pendingHandshakes;
    private int _openConnections;

    /// <param name="factory">The application's, or null for a meter of its own.</param>
    public TlsMetrics(IMeterFactory? factory = null)
    {
        _meter = factory?.Create(MeterName) ?? new Meter(MeterName);
        _handshakes = _meter.CreateCounter<long>("latchkey.tls.handshakes", "{handshake}", "Handshakes ended, by version, suite and outcome.");
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

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    internal void HandshakeStarted() => Interlocked.Increment(ref _pendingHandshakes);

    internal void HandshakeEnded(HandshakeOutcome outcome, TlsHandshakeInfo? info, TimeSpan duration)
    {
        Interlocked.Decrement(ref _pendingHandshakes);
        var kind = new HandshakeKind(info?.Version, info?.CipherSuite, outcome);
        _tallies.GetOrAdd(kind, static kind => new Tally(kind)).Add(_handshakes);
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

    /// <summary>One kind's count and its tags, spelled once.</summary>
    private sealed class Tally(HandshakeKind kind)
    {
        private readonly KeyValuePair<string, object?>[] _tags =
        [
            new("version", kind.Version switch { TlsVersion.Tls13 => "1.3", TlsVersion.Tls12 => "1.2", _ => "none" }),
            new("suite", kind.CipherSuite?.ToString() ?? "none"),
            new("outcome", NameOf(kind.Outcome)),
        ];

        private long _count;

        public long Count => Interlocked.Read(ref _count);

        public void Add(Counter<long> counter)
        {
            Interlocked.Increment(ref _count);
            counter.Add(1, _tags);
        }
    }
}

/// <summary>A kind of handshake in the statistics.</summary>
/// <param name="Version">null where it failed.</param>
/// <param name="CipherSuite">null where it failed.</param>
/// <param name="Outcome">How it ended.</param>
public readonly record struct HandshakeKind(TlsVersion? Version, CipherSuite? CipherSuite, HandshakeOutcome Outcome);
