using System.Net;
using System.Net.Sockets;
using Latchkey.Client.Links;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

[Trait("Catalogue", "L2")]
public sealed class PeerAddressTests
{
    [Theory]
    [InlineData("", "", "192.0.2.7", true)]
    [InlineData("192.0.2.0/24", "", "192.0.2.7", true)]
    [InlineData("192.0.2.0/24", "", "192.0.3.7", false)]
    [InlineData("192.0.2.0/24", "", "::ffff:192.0.2.7", true)]
    [InlineData("", "192.0.2.7/32", "::ffff:192.0.2.7", false)]
    [InlineData("192.0.2.0/24", "192.0.2.7/32", "192.0.2.7", false)]
    [InlineData("192.0.2.0/24", "192.0.2.7/32", "192.0.2.8", true)]
    [InlineData("2001:db8::/32", "", "2001:db8:1::9", true)]
    [InlineData("2001:db8::/32", "", "2001:db9::9", false)]
    [InlineData("2001:db8::/32", "", "192.0.2.7", false)]
    [InlineData("0.0.0.0/0", "", "192.0.2.7", true)]
    [InlineData("0.0.0.0/0", "", "2001:db8::1", false)]
    [InlineData("fe80::/10", "", "fe80::1%1", true)]
    [InlineData("", "fe80::1/128", "fe80::1%1", false)]
    public void A_denied_address_stays_out_and_with_an_allow_list_so_does_every_other(string allow, string deny, string address, bool expected)
    {
        var rules = new AddressRules(Networks(allow), Networks(deny));

        Assert.Equal(expected, rules.Allows(IPAddress.Parse(address)));
    }

    [Fact]
    public async Task An_address_that_is_not_allowed_gets_no_byte()
    {
        await using var server = new TestKeyServer { PeerAddresses = new AddressRules(Networks("192.0.2.0/24"), []) };
        await server.StartAsync();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Server.EndPoint, TestContext.Current.CancellationToken);

        Assert.Equal(0, await ReceiveAsync(socket));
        Assert.Contains("127.0.0.1", server.Log.Find(3013), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_that_denies_an_address_cuts_off_who_is_connected_from_it_and_one_that_allows_it_lets_it_in_again()
    {
        await using var server = await new TestKeyServer().StartAsync();
        await using var edge = await server.ConnectAsync();
        Assert.Equal(Opcode.Pong, (await edge.AskAsync((ref i) => i.Opcode = Opcode.Ping)).Opcode);

        server.PeerAddresses = new AddressRules([], Networks("127.0.0.0/8"));
        await server.Server.ReloadAsync(server.Options(), TestContext.Current.CancellationToken);
        Assert.True(await edge.IsClosedAsync());
        await Assert.ThrowsAnyAsync<Exception>(() => server.ConnectAsync());
        Assert.Equal("127.0.0.0/8", Assert.Single(server.Server.Status.Link.Deny));

        server.PeerAddresses = AddressRules.Any;
        await server.Server.ReloadAsync(server.Options(), TestContext.Current.CancellationToken);
        await using var again = await server.ConnectAsync();
        Assert.Equal(Opcode.Pong, (await again.AskAsync((ref i) => i.Opcode = Opcode.Ping)).Opcode);
    }

    [Fact]
    [Trait("Attack", "20")]
    public async Task One_address_that_connects_and_says_nothing_leaves_places_for_others()
    {
        await using var server = await new TestKeyServer { Limits = new() { UnfinishedHandshakes = 4, HandshakeTimeout = TimeSpan.FromMinutes(2) } }.StartAsync();
        var idlers = new List<Socket>();
        for (var i = 0; i < 8; i++)
            idlers.Add(await FromAsync(server, "127.0.0.2"));

        // It may have one more as long as it has no more than are free: three of its connections wait, the others are closed at once.
        foreach (var idler in idlers.Skip(3))
            Assert.Equal(0, await ReceiveAsync(idler));
        await using var edge = await server.ConnectAsync();
        Assert.Equal(Opcode.Pong, (await edge.AskAsync((ref i) => i.Opcode = Opcode.Ping)).Opcode);
        idlers.ForEach(idler => idler.Dispose());
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::")]
    public void The_addresses_of_one_IPv6_customer_count_as_one(string address, string holder) =>
        Assert.Equal(IPAddress.Parse(holder), AddressPlaces.HolderOf(IPAddress.Parse(address)));

    private static async Task<Socket> FromAsync(TestKeyServer server, string address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        await socket.ConnectAsync(server.Server.EndPoint, TestContext.Current.CancellationToken);
        return socket;
    }

    private static async Task<int> ReceiveAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    private static List<IPNetwork> Networks(string text) => text.Length == 0 ? [] : [IPNetwork.Parse(text)];
}
