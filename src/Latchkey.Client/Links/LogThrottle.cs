namespace Latchkey.Client.Links;

/// <summary>Lets one line a second through, so that a flood does not become a flood of log lines; metrics count them all.</summary>
internal sealed class LogThrottle(TimeProvider time)
{
    private long _next;

    public bool Allows()
    {
        var now = time.GetTimestamp();
        var next = Volatile.Read(ref _next);
        return now >= next && Interlocked.CompareExchange(ref _next, now + time.TimestampFrequency, next) == next;
    }
}
