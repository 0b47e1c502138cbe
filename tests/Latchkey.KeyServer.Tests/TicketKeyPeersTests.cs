using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

/// <summary>Key servers exchange what their ticket keys are derived from: none leads, each holds all, and a cut costs nothing that was sealed before.</summary>
[Trait("Catalogue", "T3")]
public sealed class TicketKeyPeersTests
{
    [Fact]
    public async Task Both_hand_out_the_same_keys_and_open_what_the_other_sealed()
    {
        await using var peers = await new TestPeers().StartAsync();
        await SameKeysAsync(peers);

        await using var atA = await ConnectAsync(peers.A);
        await using var atB = await ConnectAsync(peers.B);
        var state = TicketOperationsTests.State("site.test");
        var ticket = (await atA.AskAsync(TestRequests.SealTicket(peers.Key, "site.test", state))).Payload;
        Assert.Equal(state, (await atB.AskAsync(TestRequests.OpenTicket(peers.Key, "site.test", ticket))).Payload);
        // One key for this period, where B began with A there; each made the next.
        Assert.Equal(3, peers.A.Server.Status.TicketKeys!.Keys);
        Assert.Equal(1, peers.B.Server.Status.TicketKeys!.Own);
    }

    [Fact]
    public async Task Every_period_each_makes_a_key_and_both_have_both()
    {
        var clock = new SetClock();
        await using var peers = await new TestPeers(clock, clock).StartAsync();
        for (var hour = 1; hour <= 3; hour++)
        {
            clock.Ahead += TimeSpan.FromHours(1);
            await Eventually.Is(() => peers.A.Server.Status.TicketKeys is { } a && peers.B.Server.Status.TicketKeys is { } b && a.Keys == b.Keys && a.Keys == 3 + 2 * hour);
            var keys = await SameKeysAsync(peers);
            Assert.Equal(2, keys.Sealing(clock.GetUtcNow()));
        }
    }

    [Fact]
    public async Task One_that_was_killed_gets_its_old_keys_back_and_makes_none_for_a_period_that_has_one()
    {
        await using var peers = await new TestPeers().StartAsync();
        var before = await SameKeysAsync(peers);
        await using var atB = await ConnectAsync(peers.B);
        var ticket = (await atB.AskAsync(TestRequests.SealTicket(peers.Key, "site.test", TicketOperationsTests.State("site.test")))).Payload;

        await peers.B.Server.DisposeAsync();
        await peers.B.StartAsync();

        await using var again = await ConnectAsync(peers.B);
        Assert.Equal(KeylessError.None, (await again.AskAsync(TestRequests.OpenTicket(peers.Key, "site.test", ticket))).Error);
        var after = await peers.KeysAsync(peers.B);
        Assert.Superset(before.Names.ToHashSet(), after.Names.ToHashSet());
        Assert.Equal(before.Sealing(peers.A.Time.GetUtcNow()), after.Sealing(peers.A.Time.GetUtcNow()));
        Assert.Equal(before.Audience, after.Audience);
    }

    [Fact]
    public async Task Cut_off_from_each_other_both_go_on_and_are_one_again_afterwards()
    {
        var clock = new SetClock();
        await using var peers = await new TestPeers(clock, clock).StartAsync();
        peers.Cut();
        await Eventually.Is(() => peers.A.Server.Status.TicketKeys is { Peers: [{ IsFollowed: false }] } && peers.B.Server.Status.TicketKeys is { Peers: [{ IsFollowed: false }] });
        for (var hour = 0; hour < 3; hour++)
        {
            clock.Ahead += TimeSpan.FromHours(1);
            await Eventually.Is(() => peers.A.Server.Status.TicketKeys is { IsFresh: true, IsNextPresent: true } && peers.B.Server.Status.TicketKeys is { IsFresh: true, IsNextPresent: true });
        }
        var (a, b) = (await peers.KeysAsync(peers.A), await peers.KeysAsync(peers.B));
        Assert.NotEmpty(a.Names.Except(b.Names));
        await using var atA = await ConnectAsync(peers.A);
        var ticket = (await atA.AskAsync(TestRequests.SealTicket(peers.Key, "site.test", TicketOperationsTests.State("site.test", clock.GetUtcNow())))).Payload;

        peers.Heal();

        await SameKeysAsync(peers);
        await using var atB = await ConnectAsync(peers.B);
        Assert.Equal(KeylessError.None, (await atB.AskAsync(TestRequests.OpenTicket(peers.Key, "site.test", ticket))).Error);
    }

    [Fact]
    [Trait("Catalogue", "T2")]
    public async Task Clocks_ten_minutes_apart_either_way_share_their_keys_and_are_told_of()
    {
        var (ahead, behind) = (new SetClock(), new SetClock());
        ahead.Ahead += TimeSpan.FromMinutes(10);
        behind.Ahead = ahead.Ahead - TimeSpan.FromMinutes(20);
        await using var peers = await new TestPeers(ahead, behind).StartAsync();
        await SameKeysAsync(peers);

        await Eventually.Is(() => peers.A.Server.Status.TicketKeys!.Peers[0].SkewSeconds is not null && peers.B.Server.Status.TicketKeys!.Peers[0].SkewSeconds is not null);
        Assert.Equal(-1200, peers.A.Server.Status.TicketKeys!.Peers[0].SkewSeconds!.Value, 5.0);
        Assert.Equal(1200, peers.B.Server.Status.TicketKeys!.Peers[0].SkewSeconds!.Value, 5.0);
        Assert.NotNull(peers.A.Log.Find(2055));
    }

    [Fact]
    [Trait("Attack", "13")]
    public async Task Whoever_is_not_named_gets_none_says_so_and_goes_on_alone()
    {
        await using var peers = new TestPeers();
        peers.A.Roots = peers.A.Roots with { SharedWith = ["somebody else"] };
        await peers.A.StartAsync();
        await peers.B.StartAsync();

        await Eventually.Is(() => peers.B.Log.Find(3096) is not null);
        Assert.Contains("sharedWith", peers.B.Server.Status.TicketKeys!.Peers[0].Failure, StringComparison.Ordinal);
        Assert.Equal((2, 2), (peers.B.Server.Status.TicketKeys.Keys, peers.B.Server.Status.TicketKeys.Own));
        Assert.True(peers.B.Server.Status.TicketKeys.IsFresh);
    }

    /// <summary>Its connection goes on, so that nothing else would have its roots asked for again.</summary>
    [Fact]
    public async Task A_peer_that_was_slow_once_is_asked_again()
    {
        var clock = new SetClock();
        await using var peers = await new TestPeers(clock, clock, requestTimeout: TimeSpan.FromMilliseconds(800)).StartAsync();
        await SameKeysAsync(peers);
        peers.ToB.ToTarget = TimeSpan.FromSeconds(1);
        clock.Ahead += TimeSpan.FromHours(1);
        await Eventually.Is(() => peers.A.Log.Find(3096) is not null);

        peers.ToB.ToTarget = TimeSpan.Zero;

        await SameKeysAsync(peers);
    }

    [Fact]
    public async Task A_peer_that_cannot_be_reached_holds_no_start_up()
    {
        await using var peers = new TestPeers();
        peers.ToB.Refusing = true;

        await peers.A.StartAsync();

        Assert.True(peers.A.Server.Status.TicketKeys!.IsFresh);
        Assert.Null(peers.A.Server.Status.TicketKeys.Peers[0].LastGave);
    }

    private static async Task<ReceivedKeys> SameKeysAsync(TestPeers peers)
    {
        ReceivedKeys a = null!, b = null!;
        for (var attempt = 0; attempt < 200; attempt++)
        {
            (a, b) = (await peers.KeysAsync(peers.A), await peers.KeysAsync(peers.B));
            if (a.Names.Order().SequenceEqual(b.Names.Order()))
                break;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        Assert.Equal(a.Names.Order(), b.Names.Order());
        Assert.Equal(a.Audience, b.Audience);
        return a;
    }

    private static async Task<TestEdge> ConnectAsync(TestKeyServer server)
    {
        var edge = await server.ConnectAsync("edge-1");
        await edge.NegotiateAsync();
        return edge;
    }
}
