namespace Latchkey.Client.Links;

/// <summary>Pauses between attempts: each twice as long as the one before, up to a limit, and never quite the same, because many that lost the same peer at the same
/// moment should not all come back at the same moment.</summary>
internal sealed class Backoff(TimeSpan first)
{
    private readonly TimeSpan _first = first;
    private TimeSpan _next = first;

    /// <summary>The pause before the next attempt.</summary>
    public TimeSpan Next(TimeSpan longest)
    {
        var pause = _next < longest ? _next : longest;
        _next = pause * 2;
        return pause * (0.75 + (Random.Shared.NextDouble() * 0.25));
    }

    /// <summary>It has worked: the next pause is short again.</summary>
    public void Reset() => _next = _first;
}
