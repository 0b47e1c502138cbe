namespace Latchkey.KeyServer.Tests;

/// <summary>The system's clock, moved.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    public TimeSpan By { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + By;
}
