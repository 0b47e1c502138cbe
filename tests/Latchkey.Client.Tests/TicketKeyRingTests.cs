using Latchkey.Client.Tickets;
using Latchkey.Testing;
using Latchkey.Wire;
using Latchkey.Wire.Operations;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Client.Tests;

/// <summary>Ticket keys that key servers give: used in their time, there as soon as they change, never sealed with when outlived.</summary>
[Trait("Catalogue", "R5")]
[Trait("Catalogue", "T1")]
public sealed class TicketKeyRingTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    [Fact]
    public async Task Following_that_fails_says_so_while_the_connection_is_up()
    {
        await using var keys = FakeTicketKeys.Start(world);
        await using var client = world.Client(keys.Server.Port);
        await using var connection = await KeyServerConnection.ConnectAsync(keys.Server.EndPoint, world.Connection(), default);
        var generation = new TicketKeyGeneration(client, keys.Server.EndPoint, () => { }, () => TimeSpan.Zero, NullLogger.Instance);

        var following = generation.FollowAsync(connection, async (_, token) =>
        {
            await Task.Delay(50, token);
            throw new InvalidOperationException("as nobody had thought");
        }, CancellationToken.None);

        await Assert.ThrowsAsync<InvalidOperationException>(() => following.WaitAsync(LinkWorld.Patience));
        Assert.False(connection.Closed.IsCompleted);
    }

    [Fact]
    public async Task A_question_that_fails_in_a_way_nobody_thought_of_is_asked_again()
    {
        await using var keys = FakeTicketKeys.Start(world);
        keys.Server.Features |= PeerFeatures.SignedRequests;
        await keys.SetAsync(FakeTicketKeys.Key(-60, -10, 3600, 7200));
        using var key = new FaultyKey();
        await using var client = world.Client(key, keys.Server.Port);
        client.Start();
        await using var ring = new KeyServerTicketKeyRing(client, RemoteKey.Of(TestKey.EcdsaP256).Certificate, "example.test");

        await Eventually.Is(() => ring.ForSealing() is not null);
        Assert.True(key.Used > 1);
    }

    [Fact]
    [Trait("Catalogue", "T2")]
    public async Task The_key_whose_time_it_is_seals_and_all_that_are_not_outlived_open()
    {
        var (old, current, next) = (Key(-18000, -3600, 3600), Key(-3600, 3600, 30000), Key(3600, 7200, 40000));
        await using var keys = await HavingAsync(old, current, next);
        await using var client = Connected(keys);
        await using var ring = RingOf(client);
        await Eventually.Is(() => ring.ForSealing() is not null);

        Assert.Equal(current[..16], ring.ForSealing()!.Name.ToArray());
        Assert.Equal(current[16..48], ring.ForSealing()!.Secret.Span.ToArray());
        Assert.NotNull(ring.Find(old.AsSpan(0, 16)));
        Assert.NotNull(ring.Find(next.AsSpan(0, 16)));
        Assert.Null(ring.Find(new byte[16]));
        Assert.Equal(3, ring.InUse().Count);
        Assert.Equal((true, true, 3), (ring.Status.IsFresh, ring.Status.HasNext, ring.Status.Opening));
    }

    [Fact]
    public async Task Of_several_keys_that_seal_the_one_made_first_does()
    {
        var (younger, elder) = (Made(-100), Made(-200));
        await using var keys = await HavingAsync(younger, elder);
        await using var client = Connected(keys);
        await using var ring = RingOf(client);
        await Eventually.Is(() => ring.ForSealing() is not null);

        Assert.Equal(elder[..16], ring.ForSealing()!.Name.ToArray());
    }

    [Fact]
    public async Task Nothing_is_sealed_under_an_outlived_key_or_before_there_is_one()
    {
        var (outlived, dead) = (Key(-18000, -3600, 3600), Key(-30000, -18000, -3600));
        await using var keys = await HavingAsync(outlived, dead);
        await using var client = world.Client(keys.Server.Port);
        await using var ring = RingOf(client);
        Assert.Null(ring.ForSealing());
        client.Start();
        await Eventually.Is(() => ring.Find(outlived.AsSpan(0, 16)) is not null);

        Assert.Null(ring.ForSealing());
        Assert.Null(ring.Find(dead.AsSpan(0, 16)));
    }

    [Fact]
    public async Task A_key_that_outlives_itself_seals_no_more_though_nobody_says_so()
    {
        await using var keys = await HavingAsync();
        await using var client = Connected(keys);
        await using var ring = RingOf(client);
        await Eventually.Is(() => keys.Parked == 1);
        var brief = Key(-1, 3, 5);
        await keys.SetAsync(brief);
        await Eventually.Is(() => ring.ForSealing() is not null);

        await Eventually.Is(() => ring.ForSealing() is null);
        await Eventually.Is(() => ring.Find(brief.AsSpan(0, 16)) is null && ring.InUse().Count == 0);
    }

    [Fact]
    public async Task A_new_key_is_there_as_soon_as_it_is_made()
    {
        var (first, next) = (Key(-10, 3600, 7200), Key(3600, 7200, 9000));
        await using var keys = await HavingAsync(first);
        await using var client = Connected(keys);
        await using var ring = RingOf(client);
        await Eventually.Is(() => ring.ForSealing() is not null && keys.Parked == 1);
        var asked = keys.Asked;
        var change = ring.NextChange;
        await keys.SetAsync(first, next);
        await change.WaitAsync(LinkWorld.Patience, TestContext.Current.CancellationToken);

        Assert.NotNull(ring.Find(next.AsSpan(0, 16)));
        Assert.Equal(asked + 1, keys.Asked);
    }

    [Fact]
    public async Task A_refusal_is_asked_again_and_a_reply_that_is_none_changes_nothing()
    {
        var reply = Reply(Key(-3600, 3600, 7200));
        var asked = 0;
        await using var server = FakeKeyServer.Start(world);
        server.Features = PeerFeatures.FollowTicketKeys;
        server.Answer = (connection, message) => message.Items.Opcode == Opcode.FollowTicketKeys
            ? connection.RespondAsync(message.Id, Generation(7))
            : ++asked switch
            {
                1 => connection.RefuseAsync(message.Id, KeylessError.KeyNotFound),
                2 => connection.RespondAsync(message.Id, reply.AsMemory(0, reply.Length - 1)),
                _ => connection.RespondAsync(message.Id, reply),
            };
        await using var client = world.Client(server.Port);
        client.Start();
        await using var ring = RingOf(client);
        await Eventually.Is(() => ring.ForSealing() is not null);

        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task A_key_server_whose_keys_change_all_the_time_is_asked_about_once_a_second()
    {
        ulong generation = 0;
        var asked = 0;
        await using var server = FakeKeyServer.Start(world);
        server.Features = PeerFeatures.FollowTicketKeys;
        server.Answer = (connection, message) =>
        {
            asked += message.Items.Opcode == Opcode.TicketKeys ? 1 : 0;
            return message.Items.Opcode == Opcode.TicketKeys ? connection.RespondAsync(message.Id, Reply(Key(-3600, 3600, 7200))) : connection.RespondAsync(message.Id, Generation(++generation));
        };
        await using var client = world.Client(server.Port);
        client.Start();
        await using var ring = RingOf(client);
        await Eventually.Is(() => ring.ForSealing() is not null);
        var began = TimeProvider.System.GetTimestamp();
        await Eventually.Is(() => TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(4));

        // 50 ms, 100, 200, 400, 800, then a second each, all by a quarter less at most; the machine may be slower.
        Assert.InRange(asked, 2, 12);
    }

    [Fact]
    public async Task Each_site_is_asked_for_by_its_name()
    {
        byte[]? site = null;
        await using var server = FakeKeyServer.Start(world);
        server.Features = PeerFeatures.FollowTicketKeys;
        server.Answer = (connection, message) =>
        {
            if (message.Items.Opcode == Opcode.FollowTicketKeys)
                return connection.RespondAsync(message.Id, Generation(7));
            Assert.Equal(Opcode.TicketKeys, message.Items.Opcode);
            Assert.True(TicketKeysRequest.TryRead(message.Payload.Span, out var request));
            site = request.Site.ToArray();
            return connection.RefuseAsync(message.Id, KeylessError.KeyNotFound);
        };
        await using var client = world.Client(server.Port);
        client.Start();
        await using var ring = new KeyServerTicketKeyRing(client, RemoteKey.Of(TestKey.EcdsaP256).Certificate, "www.example.test");
        await Eventually.Is(() => site is not null);

        Assert.Equal("www.example.test"u8.ToArray(), site);
    }

    [Fact]
    [Trait("Catalogue", "T3")]
    public async Task Keys_that_are_not_sealed_to_the_question_are_not_taken()
    {
        var key = Key(-60, 3600, 7200);
        await using var keys = await HavingAsync(key);
        keys.Altered = box => [.. box.AsSpan(0, box.Length - 1), (byte)(box[^1] ^ 1)];
        await using var client = Connected(keys);
        await using var ring = RingOf(client);
        await Eventually.Is(() => keys.Asked > 1); // and asked for again
        Assert.Null(ring.ForSealing());

        keys.Altered = box => box;

        await Eventually.Is(() => ring.ForSealing() is not null);
        Assert.Equal(key[16..48], ring.ForSealing()!.Secret.Span.ToArray());
    }

    private static KeyServerTicketKeyRing RingOf(KeyServerClient client) => new(client, RemoteKey.Of(TestKey.EcdsaP256).Certificate, "example.test");

    private static byte[] Key(double from, double until, double opens) => FakeTicketKeys.Key(from - 3600, from, until, opens);

    private static byte[] Made(double created) => FakeTicketKeys.Key(created, -50, 3600, 7200);

    private static byte[] Reply(byte[] key)
    {
        var fields = new FieldWriter(128);
        TicketKeysReply.WriteHead(ref fields, 1);
        fields.Bytes(key);
        return fields.Written.ToArray();
    }

    private static byte[] Generation(ulong generation)
    {
        var fields = new FieldWriter(FollowTicketKeysReply.Size);
        new FollowTicketKeysReply(generation, (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()).Write(ref fields);
        return fields.Written.ToArray();
    }

    private KeyServerClient Connected(FakeTicketKeys keys)
    {
        var client = world.Client(keys.Server.Port);
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
