using System.Buffers.Binary;
using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Tickets;

/// <summary>
/// Roots that follow from one secret and the time, so that all machines that have the secret have the same keys without talking: the key servers of a pool that cannot reach
/// each other, each of which must open what another sealed. With a random secret it is a ring of one machine's own.
/// </summary>
/// <remarks>Name and secret of period n are HKDF-Expand(secret, label ‖ n). The next period's key opens too, for clocks that run ahead.</remarks>
public sealed class SharedTicketKeyRing : TicketKeyRoots
{
    private readonly SecretBytes _secret;
    private readonly TimeSpan _period;
    private readonly TimeSpan _openFor;
    private readonly ulong _origin;
    private readonly Lock _gate = new();
    private volatile Keys _keys = new(long.MinValue, []);
    private long _told = long.MinValue;

    /// <param name="secret">At least 32 bytes of good randomness; copied.</param>
    /// <param name="period">How long a key seals.</param>
    /// <param name="openFor">How long after its period a key still opens.</param>
    public SharedTicketKeyRing(ReadOnlySpan<byte> secret, TimeSpan period, TimeSpan openFor, CryptoProvider crypto, TimeProvider time)
        : base(crypto, time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(secret.Length, TicketKey.SecretSize, nameof(secret));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(period, TimeSpan.Zero);
        _secret = SecretBytes.CopyOf(secret);
        _period = period;
        _openFor = openFor;
        Span<byte> origin = stackalloc byte[8];
        Hkdf.Expand(crypto, DigestAlgorithm.Sha256, secret, "latchkey origin"u8, origin);
        _origin = BinaryPrimitives.ReadUInt64BigEndian(origin);
    }

    /// <inheritdoc/>
    internal override TicketKey[] All => Current().All;

    /// <inheritdoc/>
    public override TicketKey? ForSealing() => All[^2];

    /// <inheritdoc/>
    public override TicketKey? Find(ReadOnlySpan<byte> name)
    {
        var now = Time.GetUtcNow();
        foreach (var key in All)
        {
            // Names are public: no need for constant time.
            if (key.Name.Span.SequenceEqual(name))
                return now < key.OpenUntil ? key : null;
        }
        return null;
    }

    /// <inheritdoc/>
    public override void Tick()
    {
        // Not whether the keys are those of today: whoever used one since the period began has seen to that, and told nobody.
        var period = Current().Period;
        if (Interlocked.Exchange(ref _told, period) != period)
            Change();
        base.Tick();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        lock (_gate)
        {
            foreach (var key in _keys.All)
                key.Dispose();
            _secret.Dispose();
        }
    }

    private long Period() => (Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / _period.Ticks;

    private Keys Current()
    {
        var period = Period();
        if (_keys is { } keys && keys.Period == period)
            return keys;
        lock (_gate)
            return _keys.Period == period ? _keys : _keys = Of(period);
    }

    // Oldest first, the next one last.
    private Keys Of(long current)
    {
        var oldest = current - (_openFor.Ticks + _period.Ticks - 1) / _period.Ticks;
        var all = new TicketKey[current + 2 - oldest];
        for (var period = oldest; period <= current + 1; period++)
        {
            var start = Start(period);
            all[period - oldest] = Array.Find(_keys.All, key => key.SealFrom == start) ?? Make(period);
        }
        foreach (var gone in _keys.All.Except(all))
            Retire(gone);
        ZeroRetired();
        return new Keys(current, all);
    }

    private TicketKey Make(long period)
    {
        Span<byte> info = stackalloc byte[24];
        "latchkey ticket "u8.CopyTo(info);
        BinaryPrimitives.WriteInt64BigEndian(info[16..], period);
        Span<byte> both = stackalloc byte[TicketKey.NameSize + TicketKey.SecretSize];
        Hkdf.Expand(Crypto, DigestAlgorithm.Sha256, _secret.Span, info, both);
        var key = SecretBytes.CopyOf(both[TicketKey.NameSize..]);
        CryptographicOperations.ZeroMemory(both[TicketKey.NameSize..]);
        var start = Start(period);
        return new TicketKey(both[..TicketKey.NameSize].ToArray(), key)
        {
            Created = start - _period,
            SealFrom = start,
            SealUntil = start + _period,
            OpenUntil = start + _period + _openFor,
            Origin = _origin,
        };
    }

    private DateTimeOffset Start(long period) => DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(period * _period.Ticks);

    private sealed record Keys(long Period, TicketKey[] All);
}
