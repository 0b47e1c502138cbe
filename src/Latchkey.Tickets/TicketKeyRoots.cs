using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Tickets;

/// <summary>
/// The keys that all of a key server's ticket keys are derived from, purpose by purpose, so that key servers exchange these alone and need not know each other's sites.
/// Seals and opens itself, too. Thread-safe; keys are lent.
/// </summary>
public abstract class TicketKeyRoots : TicketKeyRing, IDisposable
{
    /// <summary>Rings of purposes that are kept; more are derived anew each time. Some 10 kB each: an edge may ask for many sites.</summary>
    private const int MostRings = 1024;

    private readonly ulong _instance = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, DerivedTicketKeyRing> _derived = new(StringComparer.Ordinal);
    private readonly LinkedList<DerivedTicketKeyRing> _leastUsedFirst = new();
    private readonly RetiredTicketKeys _retired;
    private readonly ChangeSignal _changed = new();
    private ulong _counter = 1;

    /// <param name="crypto">Derives.</param>
    /// <param name="time">The clock.</param>
    protected TicketKeyRoots(CryptoProvider crypto, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(crypto);
        ArgumentNullException.ThrowIfNull(time);
        Crypto = crypto;
        Time = time;
        _retired = new RetiredTicketKeys(time);
    }

    /// <summary>Changes whenever a key comes or who may have keys changes; 16 bytes, of this run alone, and never zero.</summary>
    public UInt128 Generation => new(_instance, Volatile.Read(ref _counter));

    /// <summary>All there are, the next ones among them, those of this machine's own making first. A new array where there is a change, so that the same array is the same keys; some may just have been outlived.</summary>
    internal abstract TicketKey[] All { get; }

    internal CryptoProvider Crypto { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>The keys that open now, the next ones among them, those of this machine's own making first; lent.</summary>
    public IEnumerable<TicketKey> InUse()
    {
        var now = Time.GetUtcNow();
        return All.Where(key => now < key.OpenUntil);
    }

    /// <summary>The ring of one purpose, lent for one operation: its keys have these keys' times, and tell nothing of these nor of another purpose's.</summary>
    /// <param name="purpose">Any bytes; another purpose, another ring.</param>
    public DerivedTicketKeyRing Derive(ReadOnlySpan<byte> purpose)
    {
        var name = Convert.ToHexString(purpose);
        lock (_gate)
        {
            if (_derived.TryGetValue(name, out var ring))
            {
                _leastUsedFirst.Remove(ring.Place);
            }
            else
            {
                if (_derived.Count == MostRings)
                    Forget(_leastUsedFirst.First!.Value);
                ring = new DerivedTicketKeyRing(this, name, purpose);
                _derived.Add(name, ring);
            }
            _leastUsedFirst.AddLast(ring.Place);
            return ring;
        }
    }

    /// <summary>Ends when the generation is another than the known one; at once where it is.</summary>
    /// <exception cref="OperationCanceledException">It was not until then.</exception>
    public async Task WaitForChangeAsync(UInt128 known, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _changed.Next; // taken before looking, so that no change is missed
            if (Generation != known)
                return;
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>To be called every now and then, more often than keys change: makes what is due, forgets what is outlived.</summary>
    public virtual void Tick() => ZeroRetired();

    /// <summary>Another generation: a key has come, or who may have keys has changed.</summary>
    public void Change()
    {
        Interlocked.Increment(ref _counter);
        _changed.Give();
    }

    /// <summary>Zeroes all keys.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Zeroes all keys that are here.</summary>
    protected virtual void Dispose(bool disposing)
    {
        lock (_gate)
        {
            foreach (var ring in _leastUsedFirst)
                ring.Forget();
            _derived.Clear();
            _leastUsedFirst.Clear();
        }
        _retired.ZeroAll();
    }

    /// <summary>Zeroes a key that is not in use any more, in a while: whoever was handed it may be working with it.</summary>
    protected internal void Retire(TicketKey key) => _retired.Add(key);

    private void Forget(DerivedTicketKeyRing ring)
    {
        _derived.Remove(ring.Name);
        _leastUsedFirst.Remove(ring.Place);
        ring.Forget();
    }

    /// <summary>Zeroes those that were retired a while ago.</summary>
    protected void ZeroRetired() => _retired.ZeroOld();
}
