namespace Latchkey.Client.Balancing;

/// <summary>How long a pool's operations take, and so when one has taken long enough to ask another key server too, and when it is late.</summary>
internal sealed class Pace(BalancingOptions options, TimeProvider time)
{
    /// <summary>Nobody is asked a second time before; also how exactly it is looked.</summary>
    public static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan OverdueAtFirst = TimeSpan.FromMilliseconds(100);

    // What runs for the first time is compiled, connected and read from disk first: not a key server's fault.
    private static readonly TimeSpan LateAtFirst = TimeSpan.FromSeconds(1);

    private long _overdue = Ticks(OverdueAtFirst, time);
    private long _late = Ticks(options.LateAfter > LateAtFirst ? options.LateAfter : LateAtFirst, time);

    /// <summary>In timestamps; the largest number where there is no other key server to ask.</summary>
    public long Overdue => Volatile.Read(ref _overdue);

    /// <summary>In timestamps.</summary>
    public long Late => Volatile.Read(ref _late);

    /// <summary>What <see cref="Late"/> is.</summary>
    public TimeSpan LateAfter => time.GetElapsedTime(0, Late);

    /// <summary>
    /// Measures anew, by the best: what a slow key server takes is no standard for how long to wait for it. Until enough has been answered
    /// there is no measure but patience.
    /// </summary>
    public void Measure(ReadOnlySpan<KeyServerLink> links)
    {
        if (links.Length < 2)
        {
            Volatile.Write(ref _overdue, long.MaxValue);
            Volatile.Write(ref _late, long.MaxValue);
            return;
        }
        TimeSpan? best = null;
        foreach (var link in links)
        {
            if (link.Standing.Health.State == HealthState.Healthy && link.Standing.Latency.Percentile(options.HedgePercentile) is { } own && !(own >= best))
                best = own;
        }
        var overdue = best ?? OverdueAtFirst;
        var late = best is null ? LateAtFirst : best.Value * 4;
        Volatile.Write(ref _overdue, Ticks(overdue > Resolution ? overdue : Resolution, time));
        Volatile.Write(ref _late, Ticks(late > options.LateAfter ? late : options.LateAfter, time));
    }

    private static long Ticks(TimeSpan duration, TimeProvider time) => (long)(duration.TotalSeconds * time.TimestampFrequency);
}
