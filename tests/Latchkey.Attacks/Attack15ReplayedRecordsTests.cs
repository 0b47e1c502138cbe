using System.Net.Sockets;
using Latchkey.KeyServer.Audit;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>Attack 15: who stands on the wire of the key link replays, reorders or drops what the edge has sent.</summary>
[Trait("Attack", "15")]
public sealed class Attack15ReplayedRecordsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("twice", 2)]
    [InlineData("an old one in its place", 1)]
    [InlineData("one bit changed", 1)]
    public async Task A_record_that_was_replayed_or_changed_ends_the_link_and_the_key_is_not_used_for_it(string trick, int uses)
    {
        await using var server = new AttackedKeyServer { Audits = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", rawOperations: true);
        await server.StartAsync();
        await using var proxy = new RecordProxy(server.Port);
        await using var edge = await HostileEdge.ConnectAsync(proxy.EndPoint, server.Authorities[0].RawData, server.IssueEdge("edge-a"));
        var sign = Requests.Raw(Opcode.EcdsaSignSha256, site, new byte[32]);
        Assert.Equal(Opcode.Response, (await edge.AskAsync(sign)).Opcode);
        var old = proxy.Recorded[^1];

        byte[]? first = null;
        proxy.Tamper = record => trick switch
        {
            // Before the next one: what comes at once behind it may end the link before the first has been signed.
            "twice" => first is null ? [first = record] : [first, record],
            "an old one in its place" => [old],
            _ => [[.. record[..^1], (byte)(record[^1] ^ 1)]],
        };
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await edge.AskAsync(sign); // "twice": the first of the two is right
            await edge.AskAsync(sign);
        });

        await GoneAsync(server);
        Assert.Equal(uses, AuditEntry.Read(server.AuditFolder).Count(record => record["kind"] == "use"));
    }

    [Fact]
    public async Task A_link_that_was_recorded_from_its_first_byte_opens_no_second_one()
    {
        await using var server = new AttackedKeyServer();
        await server.StartAsync();
        await using var proxy = new RecordProxy(server.Port);
        await using (var edge = await HostileEdge.ConnectAsync(proxy.EndPoint, server.Authorities[0].RawData, server.IssueEdge("edge-a")))
            Assert.Equal(Opcode.Pong, (await edge.AskAsync(Ping)).Opcode);
        await GoneAsync(server);

        using var again = new TcpClient();
        await again.ConnectAsync("127.0.0.1", server.Port, TestContext.Current.CancellationToken);
        var received = ReadAllAsync(again.GetStream());
        try
        {
            foreach (var record in proxy.Recorded)
                await again.GetStream().WriteAsync(record, TestContext.Current.CancellationToken);
            again.Client.Shutdown(SocketShutdown.Send);
        }
        catch (IOException)
        {
            // The key server has closed it already.
        }

        await received.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Empty(server.Status.Connections);
    }

    private static void Ping(ref OutgoingItems items) => items.Opcode = Opcode.Ping;

    private static async Task ReadAllAsync(NetworkStream stream)
    {
        try
        {
            await stream.CopyToAsync(Stream.Null);
        }
        catch (IOException)
        {
            // Reset.
        }
    }

    private static async Task GoneAsync(AttackedKeyServer server)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (server.Status.Connections.Count > 0)
        {
            Assert.False(patience.IsCancellationRequested, "the link is still open");
            await Task.Delay(10);
        }
    }
}
