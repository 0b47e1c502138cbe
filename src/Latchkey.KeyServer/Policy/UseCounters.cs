using System.Collections.Concurrent;
using Latchkey.KeyServer.Admission;

namespace Latchkey.KeyServer.Policy;

/// <summary>
/// What edges have used of keys under rules that limit it (attacks 6, 20): a counter for each edge, key and rule. They outlive reloads: whoever edits a rule's edges or
/// limits gives nobody a new quota. In this process's memory only. Thread-safe; nothing is allocated once a counter is there.
/// </summary>
internal sealed class UseCounters(TimeProvider time)
{
    // An edge is a certificate of the owner's authority: this many only come together where keys are very many.
    private const int TidyAt = 65_536;

    private readonly ConcurrentDictionary<Place, UseCounter> _counters = new();
    private int _tidyAt = TidyAt;

    /// <summary>Counters at this moment.</summary>
    public int Count => _counters.Count;

    /// <summary>Counts one use under a rule, unless one of its limits stands against it.</summary>
    /// <param name="key">Its <see cref="KeyUse.Key"/>.</param>
    public UseLimit Take(EdgeIdentity edge, string key, KeyRule rule)
    {
        if (rule.Rate is null && rule.Quota is null)
            return UseLimit.None;
        var place = new Place(edge.Name, key, rule.Scope);
        if (!_counters.TryGetValue(place, out var counter))
            counter = Add(place);
        return counter.Take(rule.Rate, rule.Quota, time.GetTimestamp(), time.TimestampFrequency, rule.Quota is null ? default : time.GetUtcNow());
    }

    private UseCounter Add(Place place)
    {
        if (_counters.Count >= Volatile.Read(ref _tidyAt))
            Tidy();
        return _counters.GetOrAdd(place, static _ => new UseCounter());
    }

    private void Tidy()
    {
        var (now, clock) = (time.GetTimestamp(), time.GetUtcNow());
        foreach (var (place, counter) in _counters)
        {
            if (counter.IsFresh(now, clock))
                _counters.TryRemove(place, out _);
        }
        Volatile.Write(ref _tidyAt, Math.Max(TidyAt, 2 * _counters.Count));
    }

    private readonly record struct Place(string Edge, string Key, string Rule);
}
