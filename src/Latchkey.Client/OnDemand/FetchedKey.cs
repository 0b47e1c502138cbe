using Latchkey.Crypto;

namespace Latchkey.Client.OnDemand;

/// <summary>A key server's private key while it is in this process. Whoever uses it leases it; it is wiped when its time is over and the last lease is returned.</summary>
internal sealed class FetchedKey(PrivateKey key, TimeSpan granted, Action wiped)
{
    private readonly LeaseCount _leases = new();

    /// <summary>Valid while leased.</summary>
    public PrivateKey Key => key;

    /// <summary>How long it may be kept.</summary>
    public TimeSpan Granted => granted;

    /// <summary>False: it has been wiped.</summary>
    public bool TryLease() => _leases.TryTake();

    /// <summary>Returns a lease, or the first hold on it.</summary>
    public void Release()
    {
        if (!_leases.Return())
            return;
        key.Dispose();
        wiped();
    }
}
