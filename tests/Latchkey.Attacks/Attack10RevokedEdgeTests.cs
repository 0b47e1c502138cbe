using Latchkey.Client;
using Latchkey.Client.Custodies;
using Latchkey.Client.Tickets;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tickets;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>Attack 10: an edge whose right to a key has been withdrawn goes on with the sessions that its clients bring.</summary>
[Trait("Attack", "10")]
public sealed class Attack10RevokedEdgeTests
{
    /// <summary>R6, R4, R2: the session is at the key server, which is asked at every resumption.</summary>
    [Theory]
    [InlineData("signature", true)]
    [InlineData("session-keys", true)]
    [InlineData("session-keys", false)]
    [InlineData("handshake", true)]
    [InlineData("handshake", false)]
    public async Task The_next_session_it_has_opened_is_refused_and_another_edge_goes_on_with_it(string custody, bool byTicket)
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", new KeyRules());
        await server.StartAsync();
        await using var others = await server.StartClientAsync("edge-a");
        await using var other = new AttackedEdge(Site(others, site, custody));
        await using var link = await server.StartClientAsync("edge-b");
        await using var edge = new AttackedEdge(Site(link, site, custody));
        using var client = await HandmadeClient.EstablishAsync(edge.EndPoint, new() { Ticket = byTicket ? [] : null });
        using var before = Returning(client);
        Assert.True(await before.ComeBackAsync(edge.EndPoint));

        server.Revoke("edge-b");

        using var after = Returning(client);
        var alert = await Assert.ThrowsAsync<AlertHeardException>(() => after.ComeBackAsync(edge.EndPoint));
        Assert.Equal((byte)AlertDescription.InternalError, alert.Description);
        using var elsewhere = Returning(client);
        Assert.True(await elsewhere.ComeBackAsync(other.EndPoint));
    }

    [Fact]
    public async Task Asked_byte_by_byte_a_ticket_and_the_ticket_keys_are_those_of_an_unknown_key()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", new KeyRules { TicketKeys = true });
        await server.StartAsync();
        await using var link = await server.StartClientAsync("edge-a");
        await using var edge = new AttackedEdge(Site(link, site, "signature"));
        using var client = await HandmadeClient.EstablishAsync(edge.EndPoint, new() { Ticket = [] });
        await using var revoked = await server.ConnectAsync("edge-b");
        Assert.Equal(Opcode.Response, (await revoked.AskAsync(Requests.OpenTicket(site, "site.test", client.NewTicket!))).Opcode);

        server.Revoke("edge-b");

        // On the connection that it has.
        Assert.Equal(KeylessError.KeyNotFound, (await revoked.AskAsync(Requests.OpenTicket(site, "site.test", client.NewTicket!))).Error);
        Assert.Equal(KeylessError.KeyNotFound, (await revoked.AskAsync(Requests.TicketKeys(site, "site.test"))).Error);
    }

    /// <summary>The contrast: who opens tickets itself asks nobody.</summary>
    [Fact]
    public async Task With_tickets_that_the_edge_opens_itself_it_goes_on()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", new KeyRules { TicketKeys = true });
        await server.StartAsync();
        await using var link = await server.StartClientAsync("edge-b");
        await using var ring = new KeyServerTicketKeyRing(link, AttackedEdge.Certificate(site), "site.test");
        while (ring.ForSealing() is null)
            await Task.Delay(10);
        var store = new TicketStore("ticket_key_ticket", ring, CryptoProvider.Default);
        await using var edge = new AttackedEdge(AttackedEdge.Site(site, custody: link.CreateCustody("signature"), resumption: new ResumptionOptions { Tickets = store }));
        using var client = await HandmadeClient.EstablishAsync(edge.EndPoint, new() { Ticket = [] });

        server.Revoke("edge-b");

        using var after = Returning(client);
        Assert.True(await after.ComeBackAsync(edge.EndPoint));
    }

    private static TlsSite Site(KeyServerClient link, TestCertificate site, string custody) => AttackedEdge.Site(
        site,
        custody: link.CreateCustody(custody, new CustodyOptions()),
        resumption: new ResumptionOptions { Tickets = custody == "signature" ? new KeyServerTicketStore(link, AttackedEdge.Certificate(site), "site.test") : null });

    private static HandmadeClient Returning(HandmadeClient client) =>
        new() { Ticket = client.NewTicket, SessionId = client.NewTicket is null ? client.ServerSessionId : new byte[32], Master = client.Master };
}
