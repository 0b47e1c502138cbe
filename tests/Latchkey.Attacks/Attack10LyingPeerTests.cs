using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tickets;

namespace Latchkey.Attacks;

/// <summary>
/// Attack 10 by a key server: whoever has been a peer and is one no more has the roots that it gave. The oldest root seals everywhere, so that one with times of its own invention would let it read on.
/// </summary>
[Trait("Attack", "10")]
public sealed class Attack10LyingPeerTests : IDisposable
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly StandingClock _clock = new();
    private readonly TicketKeyDaemon _daemon;

    public Attack10LyingPeerTests()
    {
        _daemon = new TicketKeyDaemon(TicketKeySchedule.Default, generates: true, CryptoProvider.Default, _clock);
        _daemon.Begin();
    }

    public void Dispose() => _daemon.Dispose();

    [Theory]
    [InlineData(-1, 0, 25)] // seals for a day
    [InlineData(-48, -47, 1)] // from the day before yesterday
    [InlineData(-480, 0, 1)] // made long ago
    [InlineData(5, 0, 1)] // made after it sealed
    [InlineData(-1, 4, 5)] // for later
    public void A_root_with_invented_times_is_not_taken(int createdHours, int fromHours, int untilHours)
    {
        var before = _daemon.ForSealing()!.Name.ToArray();

        Assert.Equal((0, 1), _daemon.Learn("liar", [Root(createdHours, fromHours, untilHours)]));

        Assert.Equal(before, _daemon.ForSealing()!.Name.ToArray());
    }

    [Fact]
    public void What_a_former_peer_gave_seals_no_longer_than_a_period_a_lead_and_what_clocks_may_differ_by()
    {
        // The most that is taken.
        var worst = Root(-3, -1, 1);
        Assert.Equal((1, 0), _daemon.Learn("liar", [worst]));
        Assert.Equal((1, 0), _daemon.Learn("liar", [Root(0, 2, 4)]));

        for (var passed = TimeSpan.Zero; passed < 4 * Hour; passed += Hour / 2)
        {
            _clock.Now += Hour / 2;
            _daemon.Tick();
        }

        Assert.Equal(_daemon.Origin, _daemon.ForSealing()!.Origin);
    }

    [Fact]
    public void A_key_does_not_live_longer_because_a_peer_gives_its_root_another_name()
    {
        var root = _daemon.ForSealing()!;
        var derived = _daemon.Derive("site"u8).ForSealing()!;
        Assert.Equal((1, 0), _daemon.Learn("liar",
        [
            new TicketKey(RandomNumberGenerator.GetBytes(TicketKey.NameSize), SecretBytes.CopyOf(root.Secret.Span))
            {
                Created = root.Created,
                SealFrom = root.SealFrom,
                SealUntil = root.SealUntil,
                OpenUntil = root.OpenUntil + Hour,
                Origin = 1,
            },
        ]));

        _clock.Now = derived.OpenUntil;

        Assert.Null(_daemon.Derive("site"u8).Find(derived.Name.Span));
    }

    /// <summary>Whoever may name sites makes rings of them.</summary>
    [Fact]
    [Trait("Attack", "20")]
    public void A_flood_of_names_is_not_kept_for_long()
    {
        var first = _daemon.Derive("first"u8).ForSealing()!;
        for (var i = 0; i < 40_000; i++)
            _daemon.Derive(BitConverter.GetBytes(i)).InUse();

        _clock.Now += TimeSpan.FromSeconds(2);
        _daemon.Tick();

        Assert.Throws<ObjectDisposedException>(() => first.Secret.Span.Length);
    }

    [Fact]
    [Trait("Attack", "20")]
    public void Nor_is_what_somebody_else_derives_in_the_midst_of_it()
    {
        var lent = _daemon.Derive("first"u8);
        for (var i = 0; i < 2_000; i++)
            _daemon.Derive(BitConverter.GetBytes(i));
        var derived = lent.ForSealing()!;
        Assert.Equal(TicketKey.SecretSize, derived.Secret.Span.Length);

        _clock.Now += TimeSpan.FromSeconds(11);
        _daemon.Tick();

        Assert.Throws<ObjectDisposedException>(() => derived.Secret.Span.Length);
    }

    private TicketKey Root(int createdHours, int fromHours, int untilHours) => new(RandomNumberGenerator.GetBytes(TicketKey.NameSize), SecretBytes.Random(TicketKey.SecretSize))
    {
        Created = _clock.Now + createdHours * Hour,
        SealFrom = _clock.Now + fromHours * Hour,
        SealUntil = _clock.Now + untilHours * Hour,
        OpenUntil = _clock.Now + untilHours * Hour + Hour,
        Origin = 1,
    };

    private sealed class StandingClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 21, 12, 20, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Now.UtcTicks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    }
}
