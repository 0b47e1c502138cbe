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
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", new KeyRules { AllowedEdges = ["edge-a", "edge-b"] });
        await server.StartAsync();
        await using var others = await server.StartClientAsync("edge-a");
        await using var other = new AttackedEdge(Site(others, site, custody));
        await using var link = await server.StartClientAsync("edge-b");
        await using var edge = new AttackedEdge(Site(link, site, custody));
        using var client = await HandmadeClient.EstablishAsync(edge.EndPoint, new() { Ticket = byTicket ? [] : null });
        using var before = Returning(client);
        Assert.True(await before.ComeBackAsync(edge.EndPoint));

        await server.RevokeAsync("edge-b");

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
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", new KeyRules { TicketKeys = true, AllowedEdges = ["edge-a", "edge-b"] });
        await server.StartAsync();
        await using var link = await server.StartClientAsync("edge-a");
        await using var edge = new AttackedEdge(Site(link, site, "signature"));
        using var client = await HandmadeClient.EstablishAsync(edge.EndPoint, new() { Ticket = [] });
        await using var revoked = await server.ConnectAsync("edge-b");
        Assert.Equal(Opcode.Response, (await revoked.AskAsync(Requests.OpenTicket(site, "site.test", client.NewTicket!))).Opcode);

        await server.RevokeAsync("edge-b");

        // On the connection that it has.
        Assert.Equal(KeylessError.KeyNotFound, (await revoked.AskAsync(Requests.OpenTicket(site, "site.test", client.NewTicket!))).Error);
        Assert.Equal(KeylessError.KeyNotFound, (await revoked.AskAsync(Requests.TicketKeys(site, "site.test"))).Error);
    }

    /// <summary>R5: what a revoked edge was given cannot be taken back, so the others get something else.</summary>
    [Fact]
    public async Task The_ticket_keys_of_the_others_are_renewed_and_those_it_was_given_open_nothing_of_theirs()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", new KeyRules { TicketKeys = true, AllowedEdges = ["edge-a", "edge-b"] });
        await server.StartAsync();
        await using var link = await server.StartClientAsync("edge-a");
        await using var revoked = await server.ConnectAsync("edge-b");
        using var stolen = new StolenRing((await revoked.AskAsync(Requests.TicketKeys(site, "site.test"))).Payload);

        var before = await TicketAsync(link, site);
        await server.RevokeAsync("edge-b");
        var after = await TicketAsync(link, site);

        using var opened = Open(stolen, before);
        Assert.NotNull(opened);
        Assert.Null(Open(stolen, after));
    }

    /// <summary>R5, with an edge that stays on the list while its certificate is on the authority's.</summary>
    [Fact]
    [Trait("Catalogue", "T1")]
    public async Task A_revoked_certificate_renews_the_ticket_keys_of_the_others_and_a_renewed_list_does_not()
    {
        await using var server = new AttackedKeyServer { WatchesRevocation = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", new KeyRules { TicketKeys = true });
        using var certificate = server.IssueEdge("edge-b");
        server.Revoke();
        await server.StartAsync();
        await using var link = await server.StartClientAsync("edge-a");
        await using var revoked = await server.ConnectAsync(certificate);
        using var stolen = new StolenRing((await revoked.AskAsync(Requests.TicketKeys(site, "site.test"))).Payload);
        server.Revoke();
        await server.ReloadAsync();
        using var opened = Open(stolen, await TicketAsync(link, site));
        Assert.NotNull(opened);

        server.Revoke(certificate);
        await server.ReloadAsync();

        Assert.Null(Open(stolen, await TicketAsync(link, site)));
    }

    /// <summary>R5 and R6: the owner's word makes all that was sealed void, whoever has what keys.</summary>
    [Fact]
    [Trait("Catalogue", "T1")]
    public async Task Another_renewal_word_makes_every_ticket_of_the_key_void()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", new KeyRules { TicketKeys = true });
        await server.StartAsync();
        await using var link = await server.StartClientAsync("edge-a");
        await using var edge = new AttackedEdge(Site(link, site, "signature"));
        using var client = await HandmadeClient.EstablishAsync(edge.EndPoint, new() { Ticket = [] });
        await using var attacker = await server.ConnectAsync("edge-b");
        using var stolen = new StolenRing((await attacker.AskAsync(Requests.TicketKeys(site, "site.test"))).Payload);
        Assert.Equal(Opcode.Response, (await attacker.AskAsync(Requests.OpenTicket(site, "site.test", client.NewTicket!))).Opcode);

        await server.RenewAsync("2026-11");

        Assert.Equal(KeylessError.SessionUnknown, (await attacker.AskAsync(Requests.OpenTicket(site, "site.test", client.NewTicket!))).Error);
        Assert.Null(Open(stolen, await TicketAsync(link, site)));
    }

    /// <summary>Who opens tickets itself asks nobody. It is told, and an honest edge wipes the keys; what one that is not has kept, the others do not seal with any more.</summary>
    [Fact]
    public async Task With_tickets_that_the_edge_opens_itself_it_ends_as_soon_as_the_edge_is_told()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", new KeyRules { TicketKeys = true, AllowedEdges = ["edge-a", "edge-b"] });
        await server.StartAsync();
        await using var link = await server.StartClientAsync("edge-b");
        await using var ring = new KeyServerTicketKeyRing(link, AttackedEdge.Certificate(site), "site.test");
        while (ring.ForSealing() is null)
            await Task.Delay(10);
        var store = new TicketStore("ticket_key_ticket", ring, CryptoProvider.Default);
        await using var edge = new AttackedEdge(AttackedEdge.Site(site, custody: link.CreateCustody("signature"), resumption: new ResumptionOptions { Tickets = store }));
        using var client = await HandmadeClient.EstablishAsync(edge.EndPoint, new() { Ticket = [] });

        using var before = Returning(client);
        Assert.True(await before.ComeBackAsync(edge.EndPoint));

        await server.RevokeAsync("edge-b");
        while (ring.ForSealing() is not null)
            await Task.Delay(10);

        // A full handshake, for which it may not use the key either.
        using var after = Returning(client);
        await Assert.ThrowsAsync<AlertHeardException>(() => after.ComeBackAsync(edge.EndPoint));
    }

    private static TlsSite Site(KeyServerClient link, TestCertificate site, string custody) => AttackedEdge.Site(
        site,
        custody: link.CreateCustody(custody, new CustodyOptions()),
        resumption: new ResumptionOptions { Tickets = custody == "signature" ? new KeyServerTicketStore(link, AttackedEdge.Certificate(site), "site.test") : null });

    private static HandmadeClient Returning(HandmadeClient client) =>
        new() { Ticket = client.NewTicket, SessionId = client.NewTicket is null ? client.ServerSessionId : new byte[32], Master = client.Master };

    /// <summary>What an edge gives a client under the ticket keys that it gets now.</summary>
    private static async Task<byte[]> TicketAsync(KeyServerClient link, TestCertificate site)
    {
        await using var ring = new KeyServerTicketKeyRing(link, AttackedEdge.Certificate(site), "site.test");
        while (ring.ForSealing() is null)
            await Task.Delay(10);
        var store = new TicketStore("ticket_key_ticket", ring, CryptoProvider.Default);
        await using var edge = new AttackedEdge(AttackedEdge.Site(site, custody: link.CreateCustody("signature"), resumption: new ResumptionOptions { Tickets = store }));
        using var client = await HandmadeClient.EstablishAsync(edge.EndPoint, new() { Ticket = [] });
        return client.NewTicket!;
    }

    private static SecretBytes? Open(TicketKeyRing ring, byte[] ticket) => SealedBox.TryOpen(CryptoProvider.Default, ring, ticket, TicketStore.ContextOf("site.test"));
}
