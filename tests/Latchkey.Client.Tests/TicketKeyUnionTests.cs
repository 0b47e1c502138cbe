using Latchkey.Client.Tickets;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.Client.Tests;

/// <summary>Several key servers, none of which leads: an edge has the keys of all, whatever becomes of one of them.</summary>
[Trait("Catalogue", "T1")]
public sealed class TicketKeyUnionTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    private readonly byte[] _ofA = FakeTicketKeys.Key(-300, -200, 3600, 7200, origin: 1);
    private readonly byte[] _ofB = FakeTicketKeys.Key(-250, -200, 3600, 7200, origin: 2);

    [Fact]
    public async Task Keys_of_key_servers_that_do_not_know_each_other_open_both()
    {
        await using var a = await HavingAsync(_ofA);
        await using var b = await HavingAsync(_ofB);
        await using var client = Connected(a, b);
        await using var ring = RingOf(client);
        await Eventually.Is(() => Has(ring, _ofA) && Has(ring, _ofB));

        Assert.Equal(_ofA[..16], ring.ForSealing()!.Name.ToArray());
        Assert.Equal(2, ring.Status.Origins);
    }

    [Fact]
    public async Task A_key_server_that_is_gone_takes_no_keys_with_it()
    {
        var a = await HavingAsync(_ofA);
        await using var b = await HavingAsync(_ofB);
        await using var client = Connected(a, b);
        await using var ring = RingOf(client);
        await Eventually.Is(() => Has(ring, _ofA) && Has(ring, _ofB));
        await a.DisposeAsync();
        await Eventually.Is(() => client.Status.Count(status => status.IsConnected) == 1);

        Assert.Equal(_ofA[..16], ring.ForSealing()!.Name.ToArray());
    }

    [Fact]
    public async Task What_a_key_server_has_forgotten_since_it_was_started_again_still_opens()
    {
        var fresh = FakeTicketKeys.Key(0, -1, 3600, 7200, origin: 3);
        await using var a = await HavingAsync(_ofA);
        await using var client = Connected(a);
        await using var ring = RingOf(client);
        await Eventually.Is(() => Has(ring, _ofA));
        await a.SetAsync(fresh);
        await Eventually.Is(() => Has(ring, fresh));

        Assert.True(Has(ring, _ofA));
        Assert.Equal(_ofA[..16], ring.ForSealing()!.Name.ToArray());
    }

    [Fact]
    [Trait("Attack", "10")]
    public async Task Where_others_may_have_the_keys_the_earlier_ones_open_no_more()
    {
        var fresh = FakeTicketKeys.Key(0, -1, 3600, 7200, origin: 1);
        await using var a = await HavingAsync(_ofA);
        await using var b = await HavingAsync(_ofB);
        await using var client = Connected(a, b);
        await using var ring = RingOf(client);
        await Eventually.Is(() => Has(ring, _ofA) && Has(ring, _ofB));
        await a.SetForOthersAsync(fresh);
        await Eventually.Is(() => Has(ring, fresh));

        Assert.False(Has(ring, _ofA));
        Assert.True(Has(ring, _ofB));
    }

    [Fact]
    [Trait("Attack", "10")]
    public async Task Where_others_may_have_the_keys_those_of_a_key_server_that_cannot_say_so_open_no_more_either()
    {
        var fresh = FakeTicketKeys.Key(0, -1, 3600, 7200, origin: 1);
        await using var a = await HavingAsync(_ofA);
        var b = await HavingAsync(_ofB);
        await using var client = Connected(a, b);
        await using var ring = RingOf(client);
        await Eventually.Is(() => Has(ring, _ofA) && Has(ring, _ofB));
        await b.DisposeAsync();
        await Eventually.Is(() => client.Status[1] is { IsConnected: false, FollowsTicketKeys: false });
        Assert.True(Has(ring, _ofB));
        await a.SetForOthersAsync(fresh);
        await Eventually.Is(() => Has(ring, fresh));

        Assert.False(Has(ring, _ofA) || Has(ring, _ofB));
    }

    [Fact]
    [Trait("Attack", "10")]
    public async Task An_edge_that_is_refused_uses_no_more_what_it_was_given()
    {
        await using var a = await HavingAsync(_ofA);
        await using var client = Connected(a);
        await using var ring = RingOf(client);
        await Eventually.Is(() => Has(ring, _ofA));
        await a.ChangeAsync(() => a.Refusal = KeylessError.KeyNotFound);
        await Eventually.Is(() => !Has(ring, _ofA));

        Assert.Null(ring.ForSealing());
    }

    [Fact]
    public async Task A_key_server_that_is_overloaded_takes_no_keys_away()
    {
        await using var a = await HavingAsync(_ofA);
        await using var client = Connected(a);
        await using var ring = RingOf(client);
        await Eventually.Is(() => Has(ring, _ofA));
        var asked = a.Asked;
        await a.ChangeAsync(() => a.Refusal = KeylessError.Overloaded);
        await Eventually.Is(() => a.Asked >= asked + 2);

        Assert.True(Has(ring, _ofA));
    }

    [Fact]
    public async Task A_question_that_waits_is_not_late_and_does_not_count_as_outstanding()
    {
        await using var a = await HavingAsync(_ofA);
        await using var b = await HavingAsync(_ofB);
        await using var client = Connected(a, b);
        await using var ring = RingOf(client);
        await Eventually.Is(() => a.Parked == 1 && b.Parked == 1);
        var pings = a.Server.Pings;
        await Eventually.Is(() => a.Server.Pings >= pings + 3); // of the pool: about once a second

        await Eventually.Is(() => client.Status.All(status => status.Outstanding == 0)); // now and then it is a ping
        Assert.All(client.Status, status => Assert.Equal((0L, 0L, true), (status.LateAnswers, status.Ejections, status.FollowsTicketKeys!.Value)));
        Assert.Equal((1, 1), (a.Parked, b.Parked));
    }

    private static bool Has(KeyServerTicketKeyRing ring, byte[] entry) => ring.Find(entry.AsSpan(0, 16)) is not null;

    private static KeyServerTicketKeyRing RingOf(KeyServerClient client) => new(client, RemoteKey.Of(TestKey.EcdsaP256).Certificate, "example.test");

    private KeyServerClient Connected(params FakeTicketKeys[] servers)
    {
        var client = world.Client([.. servers.Select(one => one.Server.Port)]);
        client.Start();
        return client;
    }

    private async Task<FakeTicketKeys> HavingAsync(params byte[][] entries)
    {
        var keys = FakeTicketKeys.Start(world);
        await keys.SetAsync(entries);
        return keys;
    }
}
