using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tests.Driver;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>RFC 8446 §2.2, §4.2.11 and §4.6.1: sessions go on by pre-shared key, or there is a full handshake.</summary>
[Trait("Catalogue", "R3")]
public sealed class ResumptionTests
{
    private readonly MemoryTickets _tickets = new();
    private readonly TestHandshakeKey _key = TestSite.Key();

    [Fact]
    public async Task A_session_goes_on_without_a_signature_and_keeps_what_it_was()
    {
        var options = Options();
        var ticket = await FirstTicketAsync(options);
        await using var talk = await ResumeAsync(options, ticket);
        var connection = await talk.Accepting;
        Assert.Equal(0, talk.Client.SelectedIdentity);
        Assert.Equal(1, _key.Signatures);
        Assert.Null(connection.Info.SignatureScheme);
        Assert.Same(connection.Info.Site.Certificates[0], connection.Info.Certificate);
        Assert.Equal("example.test", connection.Info.Resumed?.ServerName);
        Assert.Equal(new ResumptionAttempt("memory", ResumptionResult.Resumed), connection.Info.Resumption);
        await talk.Client.SendAsync("ping");
        Assert.Equal("ping", await HandshakeTests.ReadAllAsync(connection, 4));
    }

    [Fact]
    public async Task There_are_several_tickets_after_a_full_handshake_and_one_after_a_resumption()
    {
        var options = Options(new ResumptionOptions { Tickets = _tickets, Tls13Tickets = 3, Lifetime = TimeSpan.FromMinutes(10) });
        await using var first = new Conversation(options);
        OfferModes(first.Client);
        await first.HandshakeAsync();
        ScriptedKey[] tickets = [await first.Client.ReadTicketAsync(), await first.Client.ReadTicketAsync(), await first.Client.ReadTicketAsync()];
        Assert.Equal(3, tickets.Select(ticket => Convert.ToHexString(ticket.Secret)).Distinct().Count());
        Assert.Equal(3, tickets.Select(ticket => ticket.AgeAdd).Distinct().Count());
        Assert.All(tickets, ticket => Assert.Equal(600u, ticket.Lifetime));
        await using var second = await ResumeAsync(options, tickets[2]);
        var renewed = await second.Client.ReadTicketAsync();
        await second.Client.SendAsync("end");
        Assert.Equal("end", await HandshakeTests.ReadAllAsync(await second.Accepting, 3));
        await using var third = await ResumeAsync(options, renewed);
        Assert.Equal(0, third.Client.SelectedIdentity);
        await third.Accepting;
    }

    private static void OfferModes(ScriptedClient client, params byte[] modes) =>
        client.Hello = client.Hello with { MoreExtensions = [((ushort)ExtensionType.PskKeyExchangeModes, modes.Length == 0 ? [1, 1] : [(byte)modes.Length, .. modes])] };

    private TlsServerOptions Options(ResumptionOptions? resumption = null) =>
        TestSite.Options(_key, resumption: resumption ?? new ResumptionOptions { Tickets = _tickets });

    private static async Task<ScriptedKey> FirstTicketAsync(TlsServerOptions options)
    {
        await using var talk = new Conversation(options);
        OfferModes(talk.Client);
        await talk.HandshakeAsync();
        return await talk.Client.ReadTicketAsync();
    }

    private static async Task<Conversation> ResumeAsync(TlsServerOptions options, ScriptedKey ticket)
    {
        var talk = new Conversation(options);
        talk.Client.Keys = new ScriptedPreSharedKeys(ticket);
        await talk.Client.HandshakeAsync();
        return talk;
    }
}
