using System.Globalization;
using System.Text.RegularExpressions;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Fleet;

/// <summary>Three edges and two key servers as processes: visitors who come back to another edge than before go on with their sessions, whatever happens to the keys.</summary>
[Trait("Catalogue", "T1")]
[Trait("Catalogue", "T2")]
[Trait("Catalogue", "R5")]
public sealed class TicketFleetTests
{
    /// <summary>Of those who come back, the part that must be resumed.</summary>
    private const double Nearly = 0.999;

    private const int Visitors = 160;

    [Fact]
    public async Task Of_three_thousand_who_come_back_to_another_edge_nearly_all_are_resumed_while_keys_rotate_a_key_server_is_killed_and_the_two_are_parted()
    {
        await using var fleet = await TicketFleet.StartAsync(new TicketFleetPlan { Period = 5, Lead = 5, Open = 200 });
        await fleet.ShareKeysAsync();
        var crowd = WanderingCrowd.Start(fleet.Edges, Visitors, reconnects: 3000, perSecond: 90);
        var period = TimeSpan.FromSeconds(20); // on a machine with other work

        await crowd.ChangesKeyAsync(period);
        await crowd.ChangesKeyAsync(period);
        // Key servers have just begun a period, too, in whose first second each makes a key. One that is killed when it has told one edge of it and not the others leaves that edge with a key of its own (docs/ticket-keys.md).
        await Task.Delay(TimeSpan.FromSeconds(1.5), TestContext.Current.CancellationToken);
        fleet.A.Process.Send(Signal.Kill);
        await crowd.ChangesKeyAsync(period);
        await fleet.A.RestartAsync();
        await crowd.ChangesKeyAsync(period);
        fleet.Parted = true;
        await crowd.ChangesKeyAsync(period);
        await crowd.ChangesKeyAsync(period);
        fleet.Parted = false;
        var result = await crowd.EndsAsync();

        Assert.True(result.Reconnects >= 3000 && result.Failures.Count == 0 && result.Resumed >= Nearly, result.ToString());
    }

    [Fact]
    public async Task Nearly_all_are_resumed_by_edges_whose_clocks_are_ten_minutes_ahead_and_behind_over_two_rotations_of_an_hour()
    {
        // An hour in 15 s.
        await using var clock = FastClock.SkipUnlessThere(240);
        await using var fleet = await TicketFleet.StartAsync(new TicketFleetPlan
        {
            Clock = clock,
            Edges = [(TimeSpan.Zero, "ab"), (TimeSpan.FromMinutes(10), "ab"), (TimeSpan.FromMinutes(-10), "ab")],
        });
        await fleet.ShareKeysAsync();
        var crowd = WanderingCrowd.Start(fleet.Edges, Visitors, reconnects: 2000, perSecond: 90);

        await crowd.ChangesKeyAsync(TimeSpan.FromSeconds(40));
        await crowd.ChangesKeyAsync(TimeSpan.FromSeconds(40));
        var result = await crowd.EndsAsync();

        Assert.True(result.Failures.Count == 0 && result.Resumed >= Nearly, result.ToString());
    }

    [Fact]
    public async Task An_edge_whose_clock_is_twenty_minutes_ahead_has_measured_it_and_resumes()
    {
        await using var clock = FastClock.SkipUnlessThere(1);
        await using var fleet = await TicketFleet.StartAsync(new TicketFleetPlan { Clock = clock, Edges = [(TimeSpan.FromMinutes(20), "ab"), (TimeSpan.Zero, "ab")] });

        await fleet.ShareKeysAsync();

        Assert.All(await SkewsAsync(fleet.Edges[0]), skew => Assert.InRange(skew, -1260, -1140));
        Assert.All(await SkewsAsync(fleet.Edges[1]), skew => Assert.InRange(skew, -60, 60));
    }

    [Fact]
    public async Task An_edge_of_one_key_server_opens_what_was_sealed_under_the_others_key()
    {
        await using var fleet = await TicketFleet.StartAsync(new TicketFleetPlan
        {
            Period = 600, Lead = 600, Open = 3600, Edges = [(TimeSpan.Zero, "a"), (TimeSpan.Zero, "b")],
        });

        await fleet.ShareKeysAsync();
    }

    /// <summary>What an edge has measured of its key servers' clocks: their time less its own, in seconds.</summary>
    private static async Task<IReadOnlyList<double>> SkewsAsync(Role edge)
    {
        var metrics = (await edge.AdminAsync("/metrics")).Body;
        var skews = Regex.Matches(metrics, @"(?m)^latchkey_edge_key_server_clock_skew_seconds\{[^}]*\} (\S+)").Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
        Assert.True(skews.Count > 0, metrics);
        return skews;
    }
}
