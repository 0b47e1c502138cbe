namespace Latchkey.Wire;

/// <summary>Times as messages carry them: Unix time in milliseconds.</summary>
public static class UnixTime
{
    /// <summary>A time beyond what can be said is as good as the last that can.</summary>
    public static DateTimeOffset FromMilliseconds(ulong milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(milliseconds, (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
}
