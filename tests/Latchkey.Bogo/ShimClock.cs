namespace Latchkey.Bogo;

/// <summary>The time of day, which the runner sets forward between two connections.</summary>
internal sealed class ShimClock : TimeProvider
{
    private TimeSpan _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

    public void Advance(TimeSpan by) => _ahead += by;
}
