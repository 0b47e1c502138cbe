using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Tickets.Tests;

/// <summary>Keys are made ahead, in time, by each daemon on its own; all hold all, and nothing outlived is used.</summary>
public sealed class TicketKeyDaemonTests : IDisposable
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly TestClock _clock = new();
    private readonly TicketKeyDaemon _daemon;

    public TicketKeyDaemonTests()
    {
        _clock.Now += TimeSpan.FromMinutes(20);
        _daemon = Daemon();
        _daemon.Begin();
    }

    public void Dispose() => _daemon.Dispose();

    [Fact]
    [Trait("Catalogue", "T1")]
    public void The_next_key_is_made_an_hour_before_it_seals()
    {
        for (var hour = 0; hour < 5; hour++)
        {
            var next = Assert.Single(_daemon.InUse(), key => key.SealFrom > _clock.Now);
            Assert.Equal(Hour, next.SealUntil - next.SealFrom);
            Assert.Equal(0, next.SealFrom.Minute);
            _clock.Now = next.SealFrom;
            _daemon.Tick();
            Assert.Same(next, _daemon.ForSealing());
        }
    }

    [Fact]
    [Trait("Catalogue", "T1")]
    public void A_shorter_lead_is_kept_to()
    {
        using var daemon = Daemon(new TicketKeySchedule(Hour, TimeSpan.FromMinutes(10), 2 * Hour));
        daemon.Begin();
        Assert.Single(daemon.InUse());
        _clock.Now += TimeSpan.FromMinutes(29);
        daemon.Tick();
        Assert.Single(daemon.InUse());
        _clock.Now += TimeSpan.FromMinutes(1);
        daemon.Tick();
        Assert.Equal(2, daemon.InUse().Count());
    }

    [Fact]
    [Trait("Catalogue", "T2")]
    public void The_next_key_opens_and_does_not_seal_until_its_time_has_come()
    {
        var next = _daemon.InUse().Single(key => key.SealFrom > _clock.Now);

        Assert.Same(next, _daemon.Find(next.Name.Span));
        Assert.NotSame(next, _daemon.ForSealing());
        // A host whose clock is 50 minutes ahead.
        _clock.Now += TimeSpan.FromMinutes(50);
        Assert.Same(next, _daemon.ForSealing());
    }

    [Fact]
    [Trait("Catalogue", "T3")]
    public void An_old_key_opens_for_as_long_as_tickets_live_and_is_zeroed_then()
    {
        var old = _daemon.ForSealing()!;
        _clock.Now = old.SealUntil + 24 * Hour - TimeSpan.FromSeconds(1);
        _daemon.Tick();
        Assert.Same(old, _daemon.Find(old.Name.Span));

        _clock.Now += TimeSpan.FromSeconds(1);
        Assert.Null(_daemon.Find(old.Name.Span));
        _daemon.Tick();
        _clock.Now += TimeSpan.FromSeconds(11);
        _daemon.Tick();
        Assert.Throws<ObjectDisposedException>(() => old.Secret.Span.Length);
    }

    [Fact]
    [Trait("Catalogue", "T3")]
    public void Every_key_and_name_is_random()
    {
        using var other = Daemon();
        other.Begin();
        var both = _daemon.InUse().Concat(other.InUse()).ToList();

        Assert.Equal(4, both.Select(key => Convert.ToHexString(key.Name.Span)).Distinct().Count());
        Assert.Equal(4, both.Select(key => Convert.ToHexString(key.Secret.Span)).Distinct().Count());
        Assert.NotEqual(_daemon.Origin, other.Origin);
    }

    /// <summary>Rotation that silently stops is what all known daemons have in common: here nothing is sealed under an outlived key.</summary>
    [Fact]
    [Trait("Catalogue", "T1")]
    public void Where_no_key_is_made_any_more_nothing_is_sealed_when_the_last_is_over()
    {
        _daemon.Generates = false;
        _clock.Now += Hour;
        _daemon.Tick();
        Assert.NotNull(_daemon.ForSealing());
        _clock.Now += Hour;
        _daemon.Tick();
        Assert.Null(_daemon.ForSealing());
        Assert.Equal(2, _daemon.InUse().Count());

        _daemon.Generates = true;
        _daemon.Tick();
        Assert.NotNull(_daemon.ForSealing());
    }

    [Fact]
    public void A_clock_that_was_wrong_for_a_moment_does_no_harm()
    {
        var before = _daemon.ForSealing()!;
        _clock.Now += TimeSpan.FromDays(400);
        _daemon.Tick();
        Assert.NotNull(_daemon.ForSealing());

        _clock.Now -= TimeSpan.FromDays(400);
        _daemon.Tick();
        var after = _daemon.ForSealing()!;
        Assert.NotSame(before, after);
        Assert.Equal(before.SealFrom, after.SealFrom);
        Assert.All(_daemon.InUse(), key => Assert.True(key.OpenUntil <= _clock.Now + TicketKeySchedule.Default.Lifetime));
    }

    [Fact]
    [Trait("Catalogue", "T1")]
    public async Task Every_new_key_is_another_generation_and_wakes_whoever_waits()
    {
        var known = _daemon.Generation;
        Assert.NotEqual((UInt128)0, known);
        var waiting = _daemon.WaitForChangeAsync(known, TestContext.Current.CancellationToken);
        _clock.Now += TimeSpan.FromMinutes(10);
        _daemon.Tick();
        Assert.Equal(known, _daemon.Generation);
        Assert.False(waiting.IsCompleted);

        _clock.Now += Hour;
        _daemon.Tick();
        Assert.NotEqual(known, _daemon.Generation);
        await waiting.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    [Trait("Catalogue", "T1")]
    public void What_a_peer_gave_opens_here_and_the_oldest_seals_everywhere()
    {
        _clock.Now += TimeSpan.FromMinutes(1);
        using var younger = Daemon();
        Assert.Equal((2, 0), younger.Learn("a", Copies(_daemon)));
        younger.Begin();
        _daemon.Learn("b", Copies(younger));

        // For the present period there is one already; each makes the next.
        Assert.Equal(3, younger.InUse().Count());
        Assert.Equal(Names(younger), Names(_daemon));
        Assert.Equal(younger.Origin, younger.InUse().First().Origin);
        for (var hour = 0; hour < 3; hour++)
        {
            Assert.Equal(_daemon.ForSealing()!.Name, younger.ForSealing()!.Name, Equal);
            _clock.Now += Hour;
            _daemon.Tick();
            younger.Tick();
            _daemon.Learn("b", Copies(younger));
            younger.Learn("a", Copies(_daemon));
        }
    }

    [Fact]
    [Trait("Catalogue", "T1")]
    public void One_that_comes_back_is_given_its_own_old_keys()
    {
        using var peer = Daemon();
        peer.Learn("a", Copies(_daemon));
        var old = _daemon.ForSealing()!;

        using var again = Daemon();
        again.Learn("b", Copies(peer));
        again.Begin();

        Assert.NotNull(again.Find(old.Name.Span));
        Assert.Equal(old.Name.ToArray(), again.ForSealing()!.Name.ToArray());
    }

    [Fact]
    public void A_peer_that_lies_gives_neither_what_lasts_too_long_nor_too_much_nor_in_this_ones_name()
    {
        var now = _clock.Now;
        Assert.Equal((0, 1), _daemon.Learn("liar", [Key(now, now + Hour, now + TimeSpan.FromDays(30))]));
        Assert.Equal((0, 1), _daemon.Learn("liar", [Key(now + Hour, now, now + Hour)]));
        Assert.Equal((0, 0), _daemon.Learn("liar", [Key(now - Hour, now - Hour / 2, now)]));
        Assert.Equal((0, 1), _daemon.Learn("liar", [Key(now, now + Hour, now + 2 * Hour, _daemon.Origin)]));
        Assert.Equal((TicketKeyDaemon.MostOfAPeer, 36), _daemon.Learn("liar", Enumerable.Range(0, 100).Select(_ => Key(now, now + Hour, now + 2 * Hour))));
        Assert.Equal((0, 1), _daemon.Learn("liar", [Key(now, now + Hour, now + 2 * Hour)]));
        Assert.Equal((1, 0), _daemon.Learn("other", [Key(now, now + Hour, now + 2 * Hour)]));
        for (var peer = 0; peer < 10; peer++)
            _daemon.Learn($"liar {peer}", Enumerable.Range(0, 64).Select(_ => Key(now, now + Hour, now + 2 * Hour)));
        Assert.Equal(TicketKeyDaemon.MostInAll, _daemon.InUse().Count());
        // Its own keys are made all the same.
        for (var hour = 0; hour < 100; hour++)
        {
            _clock.Now += Hour;
            _daemon.Tick();
            Assert.Equal(_daemon.Origin, _daemon.InUse().First().Origin);
        }
        Assert.InRange(_daemon.InUse().Count(), 26, TicketKeySchedule.MostKeys);
    }

    [Fact]
    public void What_is_known_already_is_not_learned_twice()
    {
        using var peer = Daemon();
        Assert.Equal((2, 0), peer.Learn("a", Copies(_daemon)));
        var known = peer.Generation;
        Assert.Equal((0, 0), peer.Learn("a", Copies(_daemon)));
        Assert.Equal(known, peer.Generation);
    }

    [Fact]
    [Trait("Attack", "9")]
    public void Derived_keys_are_the_purposes_own_and_have_the_roots_times()
    {
        var roots = _daemon.InUse().ToList();
        var a = _daemon.Derive("a"u8).InUse();

        Assert.Equal(roots.Select(key => (key.Created, key.SealFrom, key.SealUntil, key.OpenUntil, key.Origin)), a.Select(key => (key.Created, key.SealFrom, key.SealUntil, key.OpenUntil, key.Origin)));
        Assert.Empty(a.Select(Text).Intersect(roots.Select(Text)));
        Assert.Empty(a.Select(Text).Intersect(_daemon.Derive("b"u8).InUse().Select(Text)));
        using var peer = Daemon();
        peer.Learn("a", Copies(_daemon));
        Assert.Equal(a.Select(Text).Order(), peer.Derive("a"u8).InUse().Select(Text).Order());
    }

    [Fact]
    [Trait("Catalogue", "T3")]
    public void Derived_keys_go_with_their_roots()
    {
        var ring = _daemon.Derive("a"u8);
        var old = ring.ForSealing()!;
        _clock.Now = old.OpenUntil;
        Assert.Null(ring.Find(old.Name.Span));
        _daemon.Tick();
        Assert.Null(_daemon.Derive("a"u8).Find(old.Name.Span));
        _clock.Now += TimeSpan.FromSeconds(11);
        _daemon.Tick();
        Assert.Throws<ObjectDisposedException>(() => old.Secret.Span.Length);
    }

    /// <summary>An edge chooses the names of sites.</summary>
    [Fact]
    [Trait("Attack", "20")]
    public void Any_number_of_purposes_takes_bounded_room_and_changes_no_key()
    {
        var first = _daemon.Derive("first"u8).ForSealing()!.Name.ToArray();
        var ring = _daemon.Derive("first"u8);
        for (var i = 0; i < 5000; i++)
            _daemon.Derive(BitConverter.GetBytes(i)).ForSealing();

        Assert.NotSame(ring, _daemon.Derive("first"u8));
        Assert.Equal(first, _daemon.Derive("first"u8).ForSealing()!.Name.ToArray());
    }

    private TicketKeyDaemon Daemon(TicketKeySchedule? schedule = null) => new(schedule ?? TicketKeySchedule.Default, generates: true, CryptoProvider.Default, _clock);

    private static TicketKey Key(DateTimeOffset from, DateTimeOffset until, DateTimeOffset opens, ulong origin = 1) =>
        new(RandomNumberGenerator.GetBytes(16), SecretBytes.Random(32)) { Created = from, SealFrom = from, SealUntil = until, OpenUntil = opens, Origin = origin };

    private static IEnumerable<TicketKey> Copies(TicketKeyDaemon daemon) => daemon.InUse().Select(key => new TicketKey(key.Name, SecretBytes.CopyOf(key.Secret.Span))
    {
        Created = key.Created,
        SealFrom = key.SealFrom,
        SealUntil = key.SealUntil,
        OpenUntil = key.OpenUntil,
        Origin = key.Origin,
    }).ToList();

    private static string Text(TicketKey key) => Convert.ToHexString(key.Name.Span) + Convert.ToHexString(key.Secret.Span);

    private static IEnumerable<string> Names(TicketKeyDaemon daemon) => daemon.InUse().Select(Text).Order();

    private static bool Equal(ReadOnlyMemory<byte> a, ReadOnlyMemory<byte> b) => a.Span.SequenceEqual(b.Span);
}
