using Latchkey.Crypto;

namespace Latchkey.Client.OnDemand;

/// <summary>A key server's private key while it is in this process. Whoever uses it leases it; it is wiped when its time is over and the last lease is returned.</summary>
internal sealed class FetchedKey(PrivateKey key, TimeSpan granted, Action wiped)
{
    private int _leases = 1;

    /// <summary>Valid while leased.</summary>
    public PrivateKey Key => key;

    /// <summary>How long it may be kept.</summary>
    public TimeSpan Granted => granted;

    /// <summary>False: it has been wiped.</summary>
    public bool TryLease()
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

    /// <summary>Returns a lease, or the first hold on it.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _leases) > 0)
            return;
        key.Dispose();
        wiped();
    }
}
