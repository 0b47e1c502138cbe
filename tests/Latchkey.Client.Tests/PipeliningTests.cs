using System.Collections.Concurrent;
using Latchkey.Wire;

namespace Latchkey.Client.Tests;

/// <summary>One connection, many requests: replies in any order, late, never, or twice.</summary>
[Trait("Catalogue", "X3")]
public sealed class PipeliningTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_thousand_pings_of_many_callers_come_back_each_to_its_own()
    {
        await using var server = FakeKeyServer.Start(world);
        await using var connection = await KeyServerConnection.ConnectAsync(server.EndPoint, world.Connection(), None);

        var pings = Enumerable.Range(0, 1000).Select(async i =>
        {
            var reply = await connection.PingAsync(BitConverter.GetBytes(i), LinkWorld.Patience);
            return reply.IsSuccess && BitConverter.ToInt32(reply.Payload.Span) == i;
        });

        Assert.All(await Task.WhenAll(pings), Assert.True);
        Assert.Equal(0, connection.Outstanding);
    }

    [Fact]
    public async Task Replies_in_reverse_order_reach_their_callers()
    {
        var held = new ConcurrentStack<KeylessMessage>();
        await using var server = FakeKeyServer.Start(world);
        server.Answer = async (connection, message) =>
        {
            held.Push(message);
            if (held.Count < 50)
                return;
            while (held.TryPop(out var last))
                await connection.RespondAsync(last.Id, last.Payload);
        };
        await using var connection = await KeyServerConnection.ConnectAsync(server.EndPoint, world.Connection(), None);

        var requests = Enumerable.Range(0, 50).Select(i => Request(connection, (byte)i)).ToArray();

        Assert.Equal(Enumerable.Range(0, 50).Select(i => (byte)i), await Task.WhenAll(requests));
    }

    internal static async Task<byte> Request(KeyServerConnection connection, byte payload, CancellationToken cancellationToken = default)
    {
        var reply = await connection.RequestAsync(new OutgoingItems(Opcode.Custom) { Payload = [payload] }, secret: false, LinkWorld.Patience, cancellationToken);
        Assert.True(reply.IsSuccess, reply.Error.ToString());
        return Assert.Single(reply.Payload.ToArray());
    }
}
