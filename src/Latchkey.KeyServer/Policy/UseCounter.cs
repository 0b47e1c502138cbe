namespace Latchkey.KeyServer.Policy;

/// <summary>
/// How far one edge has used up what one rule gives it of one key. It keeps what has been used, not what is left, so that it goes on under limits that a reload has
/// changed. Thread-safe; takes the limits' clocks from outside.
/// </summary>
/// <remarks>
/// The bucket is kept as the time when it will be full again (the generic cell rate algorithm of ITU-T I.371): one number, exact at any rate, no timer. The framework's
/// TokenBucketRateLimiter takes no TimeProvider and allocates for each refusal, of which a flood has many.
/// </remarks>
internal sealed class UseCounter
{
    private readonly Lock _lock = new();
    private long _fullAt = long.MinValue;
    private long _periodEnd;
    private int _used;

    /// <summary>Counts one use, unless a limit stands against it.</summary>
    /// <param name="now">Timestamp.</param>
    /// <param name="frequency">Timestamps a second.</param>
    /// <param name="clock">Time of day, for the quota.</param>
    public UseLimit Take(UseRate? rate, UseQuota? quota, long now, long frequency, DateTimeOffset clock)
    {
        lock (_lock)
        {
            if (quota is not null && IsUsedUp(quota, clock))
                return UseLimit.Quota;
            if (rate is not null && !TakeToken(rate, now, frequency))
                return UseLimit.Rate;
            if (quota is not null)
                _used++;
            return UseLimit.None;
        }
    }

    /// <summary>Whether it says no more than a new one would.</summary>
    public bool IsFresh(long now, DateTimeOffset clock)
    {
        lock (_lock)
            return _fullAt <= now && _periodEnd <= clock.UtcTicks;
    }

    private bool IsUsedUp(UseQuota quota, DateTimeOffset clock)
    {
        if (clock.UtcTicks >= _periodEnd)
            (_periodEnd, _used) = (long.MaxValue, 0);
        // A reload may have made the period shorter.
        _periodEnd = Math.Min(_periodEnd, (clock.UtcTicks / quota.Per.Ticks + 1) * quota.Per.Ticks);
        return _used >= quota.Uses;
    }

    private bool TakeToken(UseRate rate, long now, long frequency)
    {
        var token = frequency / rate.PerSecond;
        var fullAt = Math.Max(_fullAt, now);
        if (fullAt - now > token * (rate.Burst - 1))
            return false;
        _fullAt = fullAt + token;
        return true;
    }
}
