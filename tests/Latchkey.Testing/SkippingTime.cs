namespace Latchkey.Testing;

/// <summary>The system's clock, of which a test can leave out some. Timers run as they do; whoever looks how long something took sees what was left out.</summary>
public sealed class SkippingTime : TimeProvider
{
    private long _skipped;

    public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _skipped);

    public void Skip(TimeSpan by) => Interlocked.Add(ref _skipped, (long)(by.TotalSeconds * TimestampFrequency));
}
