using Latchkey.Client.Tickets;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tickets;
using Latchkey.Tls;
using Latchkey.Tls.Sessions;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Client.Tests;

/// <summary>Edges whose clocks are wrong: they open each other's tickets all the same, and it is said how wrong they are.</summary>
[Trait("Catalogue", "T2")]
public sealed class TicketKeyClockTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    private static readonly TlsSite Site = new() { Name = "example.test", Certificates = [] };

    [Fact]
    public async Task Edges_ten_minutes_ahead_and_behind_open_each_others_tickets_around_a_rotation()
    {
        // Five minutes before the next hour's key seals: for the one that is ahead it does already.
        byte[][] hours = [Hour(-115), Hour(-55), Hour(5)];
        await using var keys = FakeTicketKeys.Start(world);
        await keys.SetAsync(hours);
        var edges = new List<(KeyServerClient Client, KeyServerTicketKeyRing Ring, ShiftedClock Clock)>();
        foreach (var minutes in (int[])[10, 0, -10])
        {
            var clock = new ShiftedClock(TimeSpan.FromMinutes(minutes));
            var client = world.Client(clock, NullLoggerFactory.Instance, "home", keys.Server.Port);
            client.Start();
            edges.Add((client, new KeyServerTicketKeyRing(client, RemoteKey.Of(TestKey.EcdsaP256).Certificate, Site.Name), clock));
        }
        await Eventually.Is(() => edges.TrueForAll(edge => edge.Ring.Status.Opening == 3));
        Assert.Equal([hours[2][..16], hours[1][..16], hours[1][..16]], edges.Select(edge => edge.Ring.ForSealing()!.Name.ToArray()));

        foreach (var from in edges)
        {
            foreach (var to in edges)
                Assert.Equal(ResumptionResult.Resumed, await ResumeAsync(from.Ring, from.Clock, to.Ring, to.Clock));
        }

        Assert.Equal([-600, 0, 600], edges.Select(edge => 10 * Math.Round(edge.Client.Status[0].ClockSkewSeconds!.Value / 10)));
        foreach (var (client, ring, _) in edges)
        {
            await ring.DisposeAsync();
            await client.DisposeAsync();
        }
    }

    [Fact]
    public void A_clock_measured_before_it_is_known_how_long_ahead_keys_are_made_is_reported_then()
    {
        var log = new LogLines();
        var skew = new ClockSkew("home", KeyServerEndPoint.Parse("127.0.0.1:2407"), log);

        skew.Measured((ulong)DateTimeOffset.UtcNow.AddMinutes(20).ToUnixTimeMilliseconds(), DateTimeOffset.UtcNow, TimeSpan.Zero);
        Assert.Empty(log.Lines);
        skew.Report(TimeSpan.FromHours(1));
        skew.Report(TimeSpan.FromHours(1));

        Assert.Single(log.Lines);
    }

    [Fact]
    public async Task A_clock_that_is_far_off_is_reported_once_and_again_when_it_agrees()
    {
        var log = new LogLines();
        await using var keys = FakeTicketKeys.Start(world, time: new ShiftedClock(TimeSpan.FromMinutes(20)));
        await keys.SetAsync(Hour(-5), Hour(55));
        await using var client = world.Client(TimeProvider.System, log, "home", keys.Server.Port);
        client.Start();
        await using var ring = new KeyServerTicketKeyRing(client, RemoteKey.Of(TestKey.EcdsaP256).Certificate, Site.Name);
        await Eventually.Is(() => ring.ForSealing() is not null && keys.Parked == 1);
        // Each time the parked question ends without news, the clock is asked for.
        for (var i = 0; i < 3; i++)
            await LookAtClockAsync(keys);
        await Eventually.Is(() => log.Lines.Any(line => line.Contains("ahead of this machine's", StringComparison.Ordinal)));

        keys.Time = TimeProvider.System;
        await LookAtClockAsync(keys);
        await Eventually.Is(() => log.Lines.Any(line => line.Contains("agrees with this machine's again", StringComparison.Ordinal)));

        Assert.Single(log.Lines, line => line.Contains("ahead of this machine's", StringComparison.Ordinal));
    }

    /// <summary>All keys have been taken for outlived then, and no key server has news.</summary>
    [Fact]
    public async Task An_edge_whose_clock_was_days_ahead_for_a_moment_has_its_keys_back_when_it_is_right_again()
    {
        var clock = new ShiftedClock(TimeSpan.Zero);
        await using var keys = FakeTicketKeys.Start(world);
        await keys.SetAsync(Hour(-5), Hour(55));
        await using var client = world.Client(clock, NullLoggerFactory.Instance, "home", keys.Server.Port);
        client.Start();
        await using var ring = new KeyServerTicketKeyRing(client, RemoteKey.Of(TestKey.EcdsaP256).Certificate, Site.Name);
        await Eventually.Is(() => ring.ForSealing() is not null);
        clock.By = TimeSpan.FromDays(3);
        await Eventually.Is(() => ring.Status.LastSealUntil is null);

        clock.By = TimeSpan.Zero;

        await Eventually.Is(() => ring.ForSealing() is not null);
    }

    [Fact]
    public async Task That_there_is_no_fresh_key_is_said_when_it_begins_and_when_it_ends()
    {
        var log = new LogLines();
        await using var keys = FakeTicketKeys.Start(world);
        await using var client = world.Client(TimeProvider.System, log, "home", keys.Server.Port);
        client.Start();
        await using var ring = new KeyServerTicketKeyRing(client, RemoteKey.Of(TestKey.EcdsaP256).Certificate, Site.Name);
        await Eventually.Is(() => keys.Parked == 1);
        await keys.SetAsync(FakeTicketKeys.Key(-10, -10, 3, 3600));
        await Eventually.Is(() => ring.ForSealing() is not null);
        var before = Missed(); // where it took long to connect

        await Eventually.Is(() => Missed() > before);
        Assert.Equal((false, 1), (ring.Status.IsFresh, ring.Status.Opening));
        await keys.SetAsync(FakeTicketKeys.Key(0, -10, 3600, 7200));
        await Eventually.Is(() => log.Lines.Any(line => line.Contains("under a fresh key again", StringComparison.Ordinal)));

        Assert.Equal(before + 1, Missed());

        int Missed() => log.Lines.Count(line => line.Contains("no fresh ticket key of example.test", StringComparison.Ordinal));
    }

    /// <summary>A key that is made an hour ahead and seals for an hour, from so many minutes from now, and opens for a day after that.</summary>
    private static byte[] Hour(double minutes) => FakeTicketKeys.Key((minutes - 60) * 60, minutes * 60, (minutes + 60) * 60, (minutes + 60 + (24 * 60)) * 60);

    private static async Task LookAtClockAsync(FakeTicketKeys keys)
    {
        var told = keys.ClockTold;
        await keys.TellParkedAsync();
        await Eventually.Is(() => keys.ClockTold > told && keys.Parked == 1);
    }

    private static async Task<ResumptionResult> ResumeAsync(TicketKeyRing from, TimeProvider fromClock, TicketKeyRing to, TimeProvider toClock)
    {
        var now = fromClock.GetUtcNow();
        var facts = new SessionFacts
        {
            Version = TlsVersion.Tls13,
            CipherSuite = CipherSuite.TLS_AES_128_GCM_SHA256,
            Site = Site.Name,
            ServerName = Site.Name,
            ApplicationProtocol = null,
            CertificateFingerprint = default,
            Established = now,
            Issued = now,
            Lifetime = TimeSpan.FromHours(1),
        };
        using var state = new SessionState(facts, SecretBytes.Random(32));
        var ticket = await new TicketStore("test", from, CryptoProvider.Default).KeepAsync(state, CancellationToken.None);
        using var found = await new TicketStore("test", to, CryptoProvider.Default).FindAsync(ticket!.Value, Site, CancellationToken.None);
        return ResumptionPolicy.Judge(found!.Facts, new ResumptionTerms
        {
            Version = TlsVersion.Tls13,
            CipherSuites = [CipherSuite.TLS_AES_128_GCM_SHA256],
            Site = Site.Name,
            ServerName = Site.Name,
            ApplicationProtocol = null,
            CertificateFingerprints = [],
            Lifetime = TimeSpan.FromHours(12),
            Now = toClock.GetUtcNow(),
        });
    }
}
