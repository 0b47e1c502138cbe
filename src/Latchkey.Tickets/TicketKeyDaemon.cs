using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Tickets;

/// <summary>
/// Makes the roots of ticket keys: random ones, a period's each, ahead of time (catalogue T1), in memory and nowhere else (T3). Beside its own it holds those that other daemons made: each makes
/// its own, all hold all, and none needs another to go on. Makes nothing before <see cref="Begin"/>. Thread-safe.
/// </summary>
public sealed class TicketKeyDaemon : TicketKeyRoots
{
    /// <summary>Roots that one peer has given at most, the youngest; those that another peer had given before do not count.</summary>
    public const int MostOfAPeer = 64;

    /// <summary>Roots in all at most.</summary>
    public const int MostInAll = 256;

    /// <summary>What a peer's clock may be ahead by.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<TicketKey, string> _givenBy = [];
    private volatile TicketKey[] _all = [];
    private volatile TicketKeySchedule _schedule;
    private volatile bool _generates;
    private volatile bool _begun;

    /// <param name="schedule">When keys are made.</param>
    /// <param name="generates">False: makes none, and goes on with what it has and is given.</param>
    public TicketKeyDaemon(TicketKeySchedule schedule, bool generates, CryptoProvider crypto, TimeProvider time)
        : base(crypto, time)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        _schedule = schedule;
        _generates = generates;
    }

    /// <summary>For keys that are made from then on.</summary>
    public TicketKeySchedule Schedule
    {
        get => _schedule;
        set => _schedule = value;
    }

    /// <summary>Whether keys are made.</summary>
    public bool Generates
    {
        get => _generates;
        set => _generates = value;
    }

    /// <summary>Of the keys that this daemon makes (<see cref="TicketKey.Origin"/>): another for each run.</summary>
    public ulong Origin { get; } = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));

    /// <inheritdoc/>
    internal override TicketKey[] All => _all;

    /// <inheritdoc/>
    public override TicketKey? ForSealing() => SealingAt(_all, Time.GetUtcNow());

    /// <inheritdoc/>
    public override TicketKey? Find(ReadOnlySpan<byte> name)
    {
        // Names are public: no need for constant time.
        foreach (var key in _all)
        {
            if (key.Name.Span.SequenceEqual(name))
                return Time.GetUtcNow() < key.OpenUntil ? key : null;
        }
        return null;
    }

    /// <summary>
    /// From now on keys are made: one for the present period only where no other daemon has given its own, which edges have had for longer; the next ones in any case.
    /// </summary>
    public void Begin()
    {
        _begun = true;
        Tick();
    }

    /// <inheritdoc/>
    public override void Tick()
    {
        var changed = false;
        lock (_gate)
        {
            var now = Time.GetUtcNow();
            Keep(key => now < key.OpenUntil && !(key.Origin == Origin && IsTooFar(key, now)));
            if (_begun && _generates)
                changed = MakeDue(now);
        }
        if (changed)
            Change();
        base.Tick();
    }

    /// <summary>Takes what a peer gave: what is outlived, what seals or lasts longer or was made earlier than by this daemon's own schedule and an hour, and what is too much is left.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="roots">Owned from here on.</param>
    /// <returns>How many were new and taken, and how many were new and left.</returns>
    public (int Taken, int Left) Learn(string peer, IEnumerable<TicketKey> roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        var (taken, left) = (0, 0);
        lock (_gate)
        {
            var now = Time.GetUtcNow();
            var known = _all.Select(key => Convert.ToHexString(key.Name.Span)).ToHashSet();
            var given = _givenBy.Values.Count(by => by == peer);
            var more = new List<TicketKey>();
            foreach (var root in roots.OrderByDescending(root => root.OpenUntil))
            {
                var isNew = known.Add(Convert.ToHexString(root.Name.Span));
                // Nobody but this daemon says what it has made.
                if (isNew && root.Origin != Origin && now < root.OpenUntil && IsInKeeping(root, _schedule, now) && given < MostOfAPeer && _all.Length + more.Count < MostInAll)
                {
                    more.Add(root);
                    _givenBy.Add(root, peer);
                    given++;
                    continue;
                }
                left += isNew && now < root.OpenUntil ? 1 : 0;
                root.Dispose();
            }
            taken = more.Count;
            if (taken > 0)
                _all = [.. _all, .. more];
        }
        if (taken > 0)
            Change();
        return (taken, left);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        lock (_gate)
        {
            _begun = false;
            Array.ForEach(_all, key => key.Dispose());
            _all = [];
        }
    }

    private bool MakeDue(DateTimeOffset now)
    {
        var schedule = _schedule;
        var current = schedule.StartOf(now);
        var made = SealingAt(_all, now) is null && Make(current, now, schedule);
        var next = current + schedule.Period;
        if (now >= next - schedule.Lead && !_all.Any(key => key.Origin == Origin && key.SealFrom <= next && next < key.SealUntil))
            made |= Make(next, now, schedule);
        return made;
    }

    private bool Make(DateTimeOffset start, DateTimeOffset now, TicketKeySchedule schedule)
    {
        var key = new TicketKey(RandomNumberGenerator.GetBytes(TicketKey.NameSize), SecretBytes.Random(TicketKey.SecretSize))
        {
            Created = now,
            Origin = Origin,
            SealFrom = start,
            SealUntil = start + schedule.Period,
            OpenUntil = start + schedule.Period + schedule.OpenFor,
        };
        var own = _all.Where(known => known.Origin == Origin).ToList();
        if (own.Count >= TicketKeySchedule.MostKeys)
            Keep(known => known != own.MinBy(one => one.OpenUntil));
        var others = _all.Where(known => known.Origin != Origin).OrderByDescending(known => known.OpenUntil).ToList();
        if (_all.Length >= MostInAll)
            Keep(known => known != others[^1]);
        _all = [.. _all.Where(known => known.Origin == Origin), key, .. _all.Where(known => known.Origin != Origin)];
        return true;
    }

    /// <summary>
    /// Whether a peer's root has such times as one of this schedule has. The oldest seals everywhere: one that says it is from long ago, or seals for long, would be everybody's, and with it
    /// every ticket open to whoever made it up, after that is no peer any more.
    /// </summary>
    private static bool IsInKeeping(TicketKey root, TicketKeySchedule schedule, DateTimeOffset now) =>
        root.SealFrom < root.SealUntil && root.SealUntil <= root.OpenUntil
        && root.SealUntil - root.SealFrom <= schedule.Period + Slack
        && root.SealFrom - root.Created <= schedule.Lead + Slack && root.Created <= root.SealUntil
        && root.SealFrom <= now + schedule.Lead + Slack
        && root.OpenUntil <= now + schedule.Lifetime + Slack;

    // A clock that was ahead for a moment, or a shorter schedule than it was: nothing has been sealed under such a key, nor will be for long.
    private bool IsTooFar(TicketKey key, DateTimeOffset now) => key.SealFrom > now + _schedule.Lead + _schedule.Period;

    private void Keep(Func<TicketKey, bool> isKept)
    {
        var gone = _all.Where(key => !isKept(key)).ToList();
        if (gone.Count == 0)
            return;
        _all = [.. _all.Where(isKept)];
        foreach (var key in gone)
        {
            _givenBy.Remove(key);
            Retire(key);
        }
    }

    // The oldest has had the most time to spread; all that have the same keys choose the same.
    private static TicketKey? SealingAt(TicketKey[] all, DateTimeOffset now)
    {
        TicketKey? oldest = null;
        foreach (var key in all)
        {
            if (key.SealFrom <= now && now < key.SealUntil && (oldest is null || IsBefore(key, oldest)))
                oldest = key;
        }
        return oldest;
    }

    private static bool IsBefore(TicketKey a, TicketKey b) => a.Created != b.Created ? a.Created < b.Created : a.Name.Span.SequenceCompareTo(b.Name.Span) < 0;
}
