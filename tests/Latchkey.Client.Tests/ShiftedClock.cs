namespace Latchkey.Client.Tests;

/// <summary>A machine whose clock is wrong: it runs as it should, and shows another time.</summary>
internal sealed class ShiftedClock(TimeSpan by) : TimeProvider
{
    private long _by = by.Ticks;

    /// <summary>Somebody sets it.</summary>
    public TimeSpan By
    {
        set => Volatile.Write(ref _by, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _by));
}
