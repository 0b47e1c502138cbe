using System.Security.Cryptography;
using Latchkey.Client.Tickets;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tickets;
using Latchkey.Tls;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>
/// Attack 9: with a ticket key that several edges share, edge B opens what edge A's clients bring, or stands in for A where a client is led to it (virtual host
/// confusion: Delignat-Lavaud and Bhargavan 2015).
/// </summary>
[Trait("Attack", "9")]
public sealed class Attack09ResumptionAcrossEdgesTests
{
    private static readonly TestAuthority Authority = TestAuthority.Create("Latchkey test sites");

    [Fact]
    public async Task A_session_of_one_tenant_is_none_at_another_though_one_process_has_the_ring()
    {
        using var ring = Ring();
        var a = Authority.IssueServer(TestKey.EcdsaP256, "a.test");
        var b = Authority.IssueServer(TestKey.EcdsaP256, "b.test");
        var resumption = new ResumptionOptions { Tickets = new TicketStore("ticket", ring, CryptoProvider.Default) };
        await using var edge = new AttackedEdge(AttackedEdge.Site(a, "a.test", resumption: resumption), AttackedEdge.Site(b, "b.test", resumption: resumption));
        using var client = await HandmadeClient.EstablishAsync(edge.EndPoint, new() { ServerName = "a.test", Ticket = [] });

        using var led = Returning(client, "b.test");
        Assert.False(await led.ComeBackAsync(edge.EndPoint));
        // It learns whom it talks to.
        Assert.Equal(b.Certificate, led.Certificate);
        using var straight = Returning(client, "a.test");
        Assert.True(await straight.ComeBackAsync(edge.EndPoint));
    }

    [Theory]
    [InlineData("certificate")]
    [InlineData("application protocol")]
    [InlineData("name")]
    public async Task A_session_does_not_go_on_under_another(string what)
    {
        using var ring = Ring();
        var certificate = Authority.IssueServer(TestKey.EcdsaP256, "site.test", "www.site.test");
        var renewed = Authority.IssueServer(TestKey.EcdsaP256, "site.test", "www.site.test");
        var resumption = new ResumptionOptions { Tickets = new TicketStore("ticket", ring, CryptoProvider.Default) };
        await using var first = new AttackedEdge(AttackedEdge.Site(certificate, resumption: resumption, protocols: ["h2", "http/1.1"]));
        await using var second = new AttackedEdge(AttackedEdge.Site(what == "certificate" ? renewed : certificate, resumption: resumption, protocols: ["h2", "http/1.1"]));
        using var client = await HandmadeClient.EstablishAsync(first.EndPoint, new() { Ticket = [], Protocol = "h2" });

        using var changed = Returning(client, what == "name" ? "www.site.test" : "site.test", what == "application protocol" ? "http/1.1" : "h2");
        Assert.False(await changed.ComeBackAsync(second.EndPoint));
        using var same = Returning(client, "site.test", "h2");
        Assert.True(await same.ComeBackAsync(first.EndPoint));
    }

    /// <summary>R6: the key server opens tickets, for whom it allows and at what they were made for.</summary>
    [Fact]
    public async Task The_edge_of_another_tenant_has_no_ticket_opened()
    {
        await using var server = new AttackedKeyServer();
        var a = server.AddKey(TestKey.EcdsaP256, "a.test", allowedEdges: "edge-a");
        var b = server.AddKey(TestKey.EcdsaP256, "b.test", allowedEdges: "edge-b");
        await server.StartAsync();
        await using var link = await server.StartClientAsync("edge-a");
        var store = new KeyServerTicketStore(link, AttackedEdge.Certificate(a), "a.test");
        await using var edge = new AttackedEdge(AttackedEdge.Site(a, "a.test", link.CreateCustody("signature"), new ResumptionOptions { Tickets = store }));
        using var client = await HandmadeClient.EstablishAsync(edge.EndPoint, new() { ServerName = "a.test", Ticket = [] });
        await using var hostile = await server.ConnectAsync("edge-b");
        await using var owner = await server.ConnectAsync("edge-a");

        var withItsKey = await hostile.AskAsync(Requests.OpenTicket(b, "a.test", client.NewTicket!));
        var atItsSite = await hostile.AskAsync(Requests.OpenTicket(b, "b.test", client.NewTicket!));
        var withTheirKey = await hostile.AskAsync(Requests.OpenTicket(a, "a.test", client.NewTicket!));
        var owners = await owner.AskAsync(Requests.OpenTicket(a, "a.test", client.NewTicket!));

        Assert.Equal((KeylessError.SessionUnknown, KeylessError.SessionUnknown, KeylessError.KeyNotFound), (withItsKey.Error, atItsSite.Error, withTheirKey.Error));
        Assert.NotEqual(-1, owners.Payload.AsSpan().IndexOf(client.Master));
    }

    /// <summary>R5: ticket keys are given out for a site of a key.</summary>
    [Fact]
    public async Task The_edge_of_another_tenant_gets_ticket_keys_of_its_own_alone()
    {
        await using var server = new AttackedKeyServer();
        var a = server.AddKey(TestKey.EcdsaP256, "a.test", new KeyRules { TicketKeys = true, AllowedEdges = ["edge-a"] });
        var b = server.AddKey(TestKey.EcdsaP256, "b.test", new KeyRules { TicketKeys = true, AllowedEdges = ["edge-b"] });
        await server.StartAsync();
        await using var link = await server.StartClientAsync("edge-a");
        var (edge, ring) = await TicketKeyEdgeAsync(link, a);
        await using var disposeEdge = edge;
        await using var disposeRing = ring;
        using var client = await HandmadeClient.EstablishAsync(edge.EndPoint, new() { ServerName = "a.test", Ticket = [] });
        await using var hostile = await server.ConnectAsync("edge-b");

        Assert.Equal(KeylessError.KeyNotFound, (await hostile.AskAsync(Requests.TicketKeys(a, "a.test"))).Error);
        foreach (var site in (string[])["a.test", "b.test"])
            Assert.Null(Opened(client.NewTicket!, (await hostile.AskAsync(Requests.TicketKeys(b, site))).Payload));
    }

    /// <summary>The contrast: edges that are given the same ticket keys, as fleets share them today, open each other's tickets.</summary>
    [Fact]
    public async Task With_ticket_keys_that_edges_share_one_reads_what_anothers_clients_bring()
    {
        await using var server = new AttackedKeyServer();
        var a = server.AddKey(TestKey.EcdsaP256, "a.test", new KeyRules { TicketKeys = true });
        await server.StartAsync();
        await using var link = await server.StartClientAsync("edge-a");
        var (edge, ring) = await TicketKeyEdgeAsync(link, a);
        await using var disposeEdge = edge;
        await using var disposeRing = ring;
        using var client = await HandmadeClient.EstablishAsync(edge.EndPoint, new() { ServerName = "a.test", Ticket = [] });
        await using var hostile = await server.ConnectAsync("edge-b");

        var opened = Opened(client.NewTicket!, (await hostile.AskAsync(Requests.TicketKeys(a, "a.test"))).Payload);

        // The master secret of a recorded session, and with it all that was said.
        Assert.NotNull(opened);
        Assert.NotEqual(-1, opened.AsSpan().IndexOf(client.Master));
    }

    private static SharedTicketKeyRing Ring() =>
        new(RandomNumberGenerator.GetBytes(32), TimeSpan.FromHours(12), TimeSpan.FromHours(12), CryptoProvider.Default, TimeProvider.System);

    private static async Task<(AttackedEdge Edge, KeyServerTicketKeyRing Ring)> TicketKeyEdgeAsync(Client.KeyServerClient link, TestCertificate site)
    {
        var ring = new KeyServerTicketKeyRing(link, AttackedEdge.Certificate(site), "a.test");
        while (ring.ForSealing() is null)
            await Task.Delay(10);
        return (new AttackedEdge(AttackedEdge.Site(site, "a.test", link.CreateCustody("signature"), new ResumptionOptions { Tickets = new TicketStore("ticket", ring, CryptoProvider.Default) })), ring);
    }

    private static HandmadeClient Returning(HandmadeClient client, string name, string? protocol = null) =>
        new() { ServerName = name, Protocol = protocol, Ticket = client.NewTicket, SessionId = new byte[32], Master = client.Master };

    /// <summary>What is in a ticket, where one of these keys opens it.</summary>
    private static byte[]? Opened(byte[] ticket, byte[] keys)
    {
        using var stolen = new StolenRing(keys);
        using var state = SealedBox.TryOpen(CryptoProvider.Default, stolen, ticket, TicketStore.ContextOf("a.test"));
        return state?.Span.ToArray();
    }
}
