namespace Latchkey.Tls.Tests.Driver;

/// <summary>A clock that a test sets; its timers are the system's.</summary>
internal sealed class ManualClock : TimeProvider
{
    // Whole milliseconds, as sessions are kept.
    private DateTimeOffset _now = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan by) => _now += by;
}
