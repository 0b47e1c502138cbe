namespace Latchkey.Crypto;

/// <summary>Who still uses something that is freed when nobody does: the owner's hold is the first lease. Thread-safe.</summary>
public sealed class LeaseCount
{
    private int _leases = 1;

    /// <summary>One more; false where the last has been returned.</summary>
    public bool TryTake()
    {
        var leases = Volatile.Read(ref _leases);
        while (leases > 0)
        {
            var seen = Interlocked.CompareExchange(ref _leases, leases + 1, leases);
            if (seen == leases)
                return true;
            leases = seen;
        }
        return false;
    }

    /// <summary>One less.</summary>
    /// <returns>It was the last: the caller frees what was leased.</returns>
    public bool Return() => Interlocked.Decrement(ref _leases) == 0;
}
