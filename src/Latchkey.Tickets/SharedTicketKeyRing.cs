using System.Buffers.Binary;
using System.Collections.Concurrent;
using Latchkey.Crypto;

namespace Latchkey.Tickets;

/// <summary>
/// A ring whose keys follow from one secret and the time, so that all machines that have the secret have the same keys without talking: the key
/// servers of a pool, each of which must open what another sealed. With a random secret it is a ring of one machine's own.
/// </summary>
/// <remarks>Name and secret of period n are HKDF-Expand(secret, label ‖ n). The next period's key opens too, for clocks that run ahead.</remarks>
public sealed class SharedTicketKeyRing : TicketKeyRing, IDisposable
{
    private readonly SecretBytes _secret;
    private readonly TimeSpan _period;
    private readonly TimeSpan _openFor;
    private readonly CryptoProvider _crypto;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<long, TicketKey> _keys = new();

    /// <param name="secret">At least 32 bytes of good randomness; copied.</param>
    /// <param name="period">How long a key seals.</param>
    /// <param name="openFor">How long after its period a key still opens.</param>
    public SharedTicketKeyRing(ReadOnlySpan<byte> secret, TimeSpan period, TimeSpan openFor, CryptoProvider crypto, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(secret.Length, TicketKey.SecretSize, nameof(secret));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(period, TimeSpan.Zero);
        _secret = SecretBytes.CopyOf(secret);
        _period = period;
        _openFor = openFor;
        _crypto = crypto;
        _time = time;
    }

    /// <inheritdoc/>
    public override TicketKey? ForSealing() => OfPeriod(CurrentPeriod);

    /// <inheritdoc/>
    public override TicketKey? Find(ReadOnlySpan<byte> name)
    {
        var current = CurrentPeriod;
        var oldest = OldestOf(current);
        Forget(oldest);
        var now = _time.GetUtcNow();
        for (var period = current + 1; period >= oldest; period--)
        {
            // Names are public: no need for constant time.
            if (OfPeriod(period) is var key && key.Name.Span.SequenceEqual(name))
                return now < key.OpenUntil ? key : null;
        }
        return null;
    }

    /// <summary>The keys that open now, oldest first, and the next one; lent.</summary>
    public IEnumerable<TicketKey> InUse()
    {
        var current = CurrentPeriod;
        var now = _time.GetUtcNow();
        for (var period = OldestOf(current); period <= current + 1; period++)
        {
            if (OfPeriod(period) is var key && now < key.OpenUntil)
                yield return key;
        }
    }

    /// <summary>A ring for one purpose: its keys tell nothing of this one's, nor of another purpose's. The caller disposes it.</summary>
    /// <param name="purpose">Any bytes; another purpose, another ring.</param>
    public SharedTicketKeyRing Derive(ReadOnlySpan<byte> purpose, TimeSpan period, TimeSpan openFor)
    {
        using var secret = new SecretBytes(TicketKey.SecretSize);
        Hkdf.Expand(_crypto, DigestAlgorithm.Sha256, _secret.Span, [.. "latchkey ring "u8, .. purpose], secret.Span);
        return new SharedTicketKeyRing(secret.Span, period, openFor, _crypto, _time);
    }

    /// <summary>Zeroes all keys.</summary>
    public void Dispose()
    {
        _secret.Dispose();
        foreach (var key in _keys.Values)
            key.Dispose();
        _keys.Clear();
    }

    private long CurrentPeriod => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / _period.Ticks;

    private long OldestOf(long current) => current - (_openFor.Ticks + _period.Ticks - 1) / _period.Ticks;

    private TicketKey OfPeriod(long period) => _keys.GetOrAdd(period, Derive);

    private TicketKey Derive(long period)
    {
        Span<byte> info = stackalloc byte[24];
        "latchkey ticket "u8.CopyTo(info);
        BinaryPrimitives.WriteInt64BigEndian(info[16..], period);
        Span<byte> both = stackalloc byte[TicketKey.NameSize + TicketKey.SecretSize];
        Hkdf.Expand(_crypto, DigestAlgorithm.Sha256, _secret.Span, info, both);
        var key = SecretBytes.CopyOf(both[TicketKey.NameSize..]);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(both[TicketKey.NameSize..]);
        var start = DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(period * _period.Ticks);
        return new TicketKey(both[..TicketKey.NameSize].ToArray(), key) { SealFrom = start, SealUntil = start + _period, OpenUntil = start + _period + _openFor };
    }

    private void Forget(long oldest)
    {
        foreach (var period in _keys.Keys)
        {
            // One period later than need be: whoever found the key before it was too old has finished with it by then.
            if (period < oldest - 1 && _keys.TryRemove(period, out var key))
                key.Dispose();
        }
    }
}
