namespace Latchkey.Client.Links;

/// <summary>
/// Lets one line an interval through and counts the rest, so that a flood does not become a flood of log lines: a key server that is down fails every handshake of a
/// site, and ten thousand equal lines a second hide what they say. Metrics count them all.
/// </summary>
/// <param name="interval">null: a second.</param>
internal sealed class LogThrottle(TimeProvider time, TimeSpan? interval = null)
{
    private readonly long _interval = (long)((interval ?? TimeSpan.FromSeconds(1)).TotalSeconds * time.TimestampFrequency);
    private long _next = long.MinValue;
    private int _heldBack;

    public bool Allows() => Allows(out _);

    /// <param name="heldBack">How many were held back since the last line that passed.</param>
    public bool Allows(out int heldBack)
    {
        var now = time.GetTimestamp();
        var next = Volatile.Read(ref _next);
        if (now >= next && Interlocked.CompareExchange(ref _next, now + _interval, next) == next)
        {
            heldBack = Interlocked.Exchange(ref _heldBack, 0);
            return true;
        }
        Interlocked.Increment(ref _heldBack);
        heldBack = 0;
        return false;
    }
}
