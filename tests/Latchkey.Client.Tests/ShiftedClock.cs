namespace Latchkey.Client.Tests;

/// <summary>A machine whose clock is wrong: it runs as it should, and shows another time.</summary>
internal sealed class ShiftedClock(TimeSpan by) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
}
