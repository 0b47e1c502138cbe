using System.Text.Json.Serialization;

namespace Latchkey.Client.Balancing;

/// <summary>Whether a key server gets operations.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HealthState>))]
public enum HealthState
{
    /// <summary>It does.</summary>
    Healthy,
    /// <summary>Not while another does: it failed or was late too often, or answered wrongly.</summary>
    Ejected,
    /// <summary>Its time is over and it answers pings: one operation at a time, until so many have succeeded that it is healthy, or one has failed.</summary>
    Probation,
}

/// <summary>Ejection and return of one key server. Thread-safe; what every operation calls takes no lock while all is well.</summary>
internal sealed class ServerHealth(BalancingOptions options, TimeProvider time)
{
    private const int SuccessesToReturn = 3;
    private const int MostDoublings = 16;
    private static readonly TimeSpan LongestTrial = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private volatile HealthState _state;
    private volatile string? _reason;
    private int _failures;
    private int _successes;
    private int _times;
    private long _ejections;
    private long _until;
    private long _nextTrial;
    private long _returned;

    public HealthState State => _state;

    /// <summary>Why it was ejected the last time; null where it is healthy.</summary>
    public string? Reason => _reason;

    /// <summary>How often it was ejected.</summary>
    public long Ejections => Volatile.Read(ref _ejections);

    /// <summary>Until when, as a timestamp.</summary>
    public long EjectedUntil => Volatile.Read(ref _until);

    /// <summary>An operation succeeded in time. True: with it, the key server is healthy again.</summary>
    public bool Succeeded()
    {
        if (Volatile.Read(ref _failures) != 0)
            Volatile.Write(ref _failures, 0);
        return _state == HealthState.Probation && Proved();
    }

    /// <summary>Operations failed. True: as often in a row as ejects it; on probation, once does.</summary>
    public bool Failed(int times = 1) => Interlocked.Add(ref _failures, times) >= options.EjectAfter || _state == HealthState.Probation;

    /// <summary>It gets no operations for a while.</summary>
    /// <param name="forLongest">Because it is not to be trusted, rather than slow or away.</param>
    /// <returns>For how long; null: it was ejected already.</returns>
    public TimeSpan? Eject(string reason, bool forLongest)
    {
        lock (_lock)
        {
            if (_state == HealthState.Ejected && !forLongest)
                return null;
            var now = time.GetTimestamp();
            if (_returned != 0 && time.GetElapsedTime(_returned, now) > options.LongestEjection)
                _times = 0; // it has been well for long
            var doubled = options.EjectionTime * Math.Pow(2, Math.Min(_times++, MostDoublings));
            var duration = forLongest || doubled > options.LongestEjection ? options.LongestEjection : doubled;
            var wasEjected = _state == HealthState.Ejected;
            _until = now + (long)(duration.TotalSeconds * time.TimestampFrequency);
            _failures = 0;
            _reason = reason;
            _state = HealthState.Ejected;
            if (wasEjected)
                return null;
            _ejections++;
            return duration;
        }
    }

    /// <summary>It answered a ping. True: its time is over, and it may be tried.</summary>
    public bool AnsweredPing()
    {
        if (_state != HealthState.Ejected || time.GetTimestamp() < EjectedUntil)
            return false;
        lock (_lock)
        {
            if (_state != HealthState.Ejected)
                return false;
            _successes = 0;
            _failures = 0;
            _nextTrial = 0;
            _state = HealthState.Probation;
            return true;
        }
    }

    /// <summary>On probation: takes the place of the one operation that may be tried.</summary>
    public bool TryBeginTrial()
    {
        var now = time.GetTimestamp();
        var next = Volatile.Read(ref _nextTrial);
        return now >= next
            && Interlocked.CompareExchange(ref _nextTrial, now + (long)(LongestTrial.TotalSeconds * time.TimestampFrequency), next) == next;
    }

    private bool Proved()
    {
        lock (_lock)
        {
            _nextTrial = 0;
            if (_state != HealthState.Probation || ++_successes < SuccessesToReturn)
                return false;
            _state = HealthState.Healthy;
            _reason = null;
            _returned = time.GetTimestamp();
            return true;
        }
    }
}
