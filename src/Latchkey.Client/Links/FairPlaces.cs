namespace Latchkey.Client.Links;

/// <summary>
/// A number of places that many share. A holder may have as many as are still free, so that k greedy holders get 1/(k + 1) of them each and one that comes
/// anew always finds one (dynamic thresholds, Choudhury and Hahne 1998; attack 20). Thread-safe; holds nothing for who has no place.
/// </summary>
internal class FairPlaces<THolder>(int limit)
    where THolder : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<THolder, int> _byHolder = [];
    private int _limit = limit;
    private int _taken;

    /// <summary>Taken at this moment.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>How many there are; who has more than that keeps them.</summary>
    public int Limit
    {
        get => Volatile.Read(ref _limit);
        set => Volatile.Write(ref _limit, value);
    }

    /// <summary>Takes one; false: there is none for this holder.</summary>
    public bool TryTake(THolder holder)
    {
        lock (_lock)
        {
            var held = _byHolder.GetValueOrDefault(holder);
            if (_taken + Math.Max(1, held) > _limit)
                return false;
            _taken++;
            _byHolder[holder] = held + 1;
            return true;
        }
    }

    /// <summary>Gives one back.</summary>
    public void Return(THolder holder)
    {
        lock (_lock)
        {
            _taken--;
            if (--_byHolder[holder] == 0)
                _byHolder.Remove(holder);
        }
    }
}
