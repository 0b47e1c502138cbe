using System.Security.Cryptography;
using Latchkey.Client.Tickets;
using Latchkey.Testing;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Tests;

/// <summary>Ticket keys that a key server gives: used in their time, asked for again, never sealed with when outlived.</summary>
[Trait("Catalogue", "R5")]
public sealed class TicketKeyRingTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    private static ReadOnlySpan<byte> Audience => "audience"u8;

    [Fact]
    public async Task The_key_whose_time_it_is_seals_and_all_that_are_not_outlived_open()
    {
        var now = DateTimeOffset.UtcNow;
        var (old, current, next) = (Key(now.AddHours(-5), now.AddHours(-1), now.AddHours(1)), Key(now.AddHours(-1), now.AddHours(1), now.AddHours(9)), Key(now.AddHours(1), now.AddHours(3), now.AddHours(11)));
        await using var server = Start([.. Audience, .. old, .. current, .. next]);
        await using var client = world.Client(server.Port);
        client.Start();
        await using var ring = new KeyServerTicketKeyRing(client, RemoteKey.Of(TestKey.EcdsaP256).Certificate, "example.test");
        await Eventually.Is(() => ring.ForSealing() is not null);

        Assert.Equal(current[..16], ring.ForSealing()!.Name.ToArray());
        Assert.Equal(current[16..48], ring.ForSealing()!.Secret.Span.ToArray());
        Assert.NotNull(ring.Find(old.AsSpan(0, 16)));
        Assert.NotNull(ring.Find(next.AsSpan(0, 16)));
        Assert.Null(ring.Find(new byte[16]));
    }

    [Fact]
    public async Task Nothing_is_sealed_under_an_outlived_key_or_before_there_is_one()
    {
        var now = DateTimeOffset.UtcNow;
        var outlived = Key(now.AddHours(-5), now.AddHours(-1), now.AddHours(1));
        var dead = Key(now.AddHours(-9), now.AddHours(-5), now.AddHours(-1));
        await using var server = Start([.. Audience, .. outlived, .. dead]);
        await using var client = world.Client(server.Port);
        await using var ring = new KeyServerTicketKeyRing(client, RemoteKey.Of(TestKey.EcdsaP256).Certificate, "example.test");
        Assert.Null(ring.ForSealing());
        client.Start();
        await Eventually.Is(() => ring.Find(outlived.AsSpan(0, 16)) is not null);

        Assert.Null(ring.ForSealing());
        Assert.Null(ring.Find(dead.AsSpan(0, 16)));
    }

    [Fact]
    public async Task A_refusal_is_asked_again_and_a_reply_that_is_none_changes_nothing()
    {
        var now = DateTimeOffset.UtcNow;
        byte[] key = [.. Audience, .. Key(now.AddHours(-1), now.AddHours(1), now.AddHours(2))];
        var asked = 0;
        await using var server = FakeKeyServer.Start(world);
        server.Answer = (connection, message) => ++asked switch
        {
            1 => connection.RefuseAsync(message.Id, KeylessError.KeyNotFound),
            2 => connection.RespondAsync(message.Id, key.AsMemory(0, key.Length - 1)),
            _ => connection.RespondAsync(message.Id, key),
        };
        await using var client = world.Client(server.Port);
        client.Start();
        await using var ring = new KeyServerTicketKeyRing(client, RemoteKey.Of(TestKey.EcdsaP256).Certificate, "example.test");
        await Eventually.Is(() => ring.ForSealing() is not null);

        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task Keys_are_asked_for_again_ahead_of_their_end()
    {
        var asked = 0;
        await using var server = FakeKeyServer.Start(world);
        server.Answer = (connection, message) =>
        {
            asked++;
            var now = DateTimeOffset.UtcNow;
            return connection.RespondAsync(message.Id, (byte[])[.. Audience, .. Key(now.AddSeconds(-1), now.AddSeconds(3), now.AddHours(1))]);
        };
        await using var client = world.Client(server.Port);
        client.Start();
        await using var ring = new KeyServerTicketKeyRing(client, RemoteKey.Of(TestKey.EcdsaP256).Certificate, "example.test");
        await Eventually.Is(() => asked >= 2);

        Assert.NotNull(ring.ForSealing());
    }

    [Fact]
    public async Task Each_site_is_asked_for_by_its_name()
    {
        byte[]? site = null;
        await using var server = FakeKeyServer.Start(world);
        server.Answer = (connection, message) =>
        {
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

    private FakeKeyServer Start(byte[] keys)
    {
        var server = FakeKeyServer.Start(world);
        server.Answer = (connection, message) => connection.RespondAsync(message.Id, keys);
        return server;
    }

    private static byte[] Key(DateTimeOffset from, DateTimeOffset until, DateTimeOffset opens)
    {
        var fields = new FieldWriter(TicketKeyEntry.Size);
        new TicketKeyEntry
        {
            Created = 0,
            Origin = 1,
            Name = RandomNumberGenerator.GetBytes(16),
            Secret = RandomNumberGenerator.GetBytes(32),
            SealFrom = (ulong)from.ToUnixTimeMilliseconds(),
            SealUntil = (ulong)until.ToUnixTimeMilliseconds(),
            OpenUntil = (ulong)opens.ToUnixTimeMilliseconds(),
        }.Write(ref fields);
        return fields.Written.ToArray();
    }
}
