using System.Security.Cryptography;
using System.Text;
using Latchkey.Crypto;
using Latchkey.KeyServer.Policy;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>Operations 49, 4A and 4B: tickets that the key server makes and opens, and the keys it gives to edges that do it themselves.</summary>
public sealed class TicketOperationsTests
{
    [Fact]
    [Trait("Catalogue", "R6")]
    public async Task A_session_that_was_sealed_is_opened_for_another_edge_of_the_same_key()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var a = await ConnectAsync(server, "edge-1");
        await using var b = await ConnectAsync(server, "edge-2");
        var state = State("site.test");

        var ticket = (await a.AskAsync(TestRequests.SealTicket(site, "site.test", state))).Payload;

        Assert.Equal(state, (await b.AskAsync(TestRequests.OpenTicket(site, "site.test", ticket))).Payload);
        Assert.Equal(-1, ticket.AsSpan().IndexOf(state.AsSpan(^48)));
    }

    [Fact]
    [Trait("Catalogue", "R6")]
    [Trait("Attack", "9")]
    public async Task A_ticket_opens_for_its_own_site_and_key_only()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        var other = server.AddKey(TestKey.EcdsaP256, "other.test");
        await server.StartAsync();
        await using var edge = await ConnectAsync(server, "edge-1");
        var ticket = (await edge.AskAsync(TestRequests.SealTicket(site, "site.test", State("site.test")))).Payload;

        Assert.Equal(KeylessError.SessionUnknown, (await edge.AskAsync(TestRequests.OpenTicket(site, "other.test", ticket))).Error);
        Assert.Equal(KeylessError.SessionUnknown, (await edge.AskAsync(TestRequests.OpenTicket(other, "site.test", ticket))).Error);
        Assert.Equal(KeylessError.SessionUnknown, (await edge.AskAsync(TestRequests.OpenTicket(site, "site.test", ticket[..^1]))).Error);
        ticket[^1] ^= 1;
        Assert.Equal(KeylessError.SessionUnknown, (await edge.AskAsync(TestRequests.OpenTicket(site, "site.test", ticket))).Error);
    }

    [Fact]
    [Trait("Catalogue", "R6")]
    [Trait("Attack", "10")]
    [Trait("Attack", "13")]
    public async Task An_edge_that_may_not_use_the_key_opens_and_gets_nothing()
    {
        await using var server = new TestKeyServer { AllowedEdges = ["edge-1"], TicketKeys = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await ConnectAsync(server, "edge-1");
        await using var revoked = await ConnectAsync(server, "edge-2");
        var ticket = (await edge.AskAsync(TestRequests.SealTicket(site, "site.test", State("site.test")))).Payload;

        Assert.Equal(KeylessError.KeyNotFound, (await revoked.AskAsync(TestRequests.OpenTicket(site, "site.test", ticket))).Error);
        Assert.Equal(KeylessError.KeyNotFound, (await revoked.AskAsync(TestRequests.SealTicket(site, "site.test", State("site.test")))).Error);
        Assert.Equal(KeylessError.KeyNotFound, (await revoked.AskAsync(TestRequests.TicketKeys(site, "site.test"))).Error);
    }

    [Fact]
    [Trait("Catalogue", "R6")]
    [Trait("Catalogue", "R10")]
    public async Task Nothing_but_sessions_of_the_site_is_sealed_and_no_outlived_one_is_opened()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await ConnectAsync(server, "edge-1");

        Assert.Equal(KeylessError.Malformed, (await edge.AskAsync(TestRequests.SealTicket(site, "site.test", State("other.test")))).Error);
        Assert.Equal(KeylessError.Malformed, (await edge.AskAsync(TestRequests.SealTicket(site, "site.test", RandomNumberGenerator.GetBytes(200)))).Error);
        var ticket = (await edge.AskAsync(TestRequests.SealTicket(site, "site.test", State("site.test", DateTimeOffset.UtcNow.AddHours(-13))))).Payload;
        Assert.Equal(KeylessError.SessionUnknown, (await edge.AskAsync(TestRequests.OpenTicket(site, "site.test", ticket))).Error);
    }

    [Fact]
    [Trait("Catalogue", "R5")]
    [Trait("Attack", "9")]
    public async Task Ticket_keys_are_the_sites_own_and_open_nothing_of_the_key_servers()
    {
        await using var server = new TestKeyServer { TicketKeys = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        var other = server.AddKey(TestKey.EcdsaP256, "other.test");
        await server.StartAsync();
        await using var edge = await ConnectAsync(server, "edge-1");

        var names = Names((await edge.AskAsync(TestRequests.TicketKeys(site, "site.test"))).Payload);
        Assert.NotEmpty(names);
        Assert.Equal(names, Names((await edge.AskAsync(TestRequests.TicketKeys(site, "site.test"))).Payload));
        Assert.Empty(names.Intersect(Names((await edge.AskAsync(TestRequests.TicketKeys(site, "www.site.test"))).Payload)));
        Assert.Empty(names.Intersect(Names((await edge.AskAsync(TestRequests.TicketKeys(other, "site.test"))).Payload)));
        var ticket = (await edge.AskAsync(TestRequests.SealTicket(site, "site.test", State("site.test")))).Payload;
        Assert.DoesNotContain(Convert.ToHexString(ticket.AsSpan(0, 16)), names);
    }

    [Fact]
    [Trait("Catalogue", "R5")]
    public async Task One_key_seals_now_and_the_next_is_there_before_its_time()
    {
        await using var server = new TestKeyServer { TicketKeys = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await ConnectAsync(server, "edge-1");

        var payload = (await edge.AskAsync(TestRequests.TicketKeys(site, "site.test"))).Payload;

        var now = (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var sealing = 0;
        var coming = 0;
        Assert.True(TicketKeysReply.TryRead(payload, out var reply));
        var fields = new FieldReader(reply.Keys);
        while (!fields.IsAtEnd)
        {
            var key = TicketKeyEntry.Read(ref fields);
            Assert.True(now < key.OpenUntil);
            sealing += key.SealFrom <= now && now < key.SealUntil ? 1 : 0;
            coming += key.SealFrom > now ? 1 : 0;
        }
        Assert.Equal((1, 1), (sealing, coming));
    }

    [Fact]
    [Trait("Catalogue", "R5")]
    public async Task Where_the_configuration_does_not_say_so_no_ticket_keys_leave()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await ConnectAsync(server, "edge-1");

        Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(TestRequests.TicketKeys(site, "site.test"))).Error);
    }

    [Theory]
    [InlineData(Opcode.SealTicket)]
    [InlineData(Opcode.OpenTicket)]
    [InlineData(Opcode.TicketKeys)]
    public async Task Malformed_arguments_are_said_to_be_so(Opcode operation)
    {
        await using var server = new TestKeyServer { TicketKeys = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await ConnectAsync(server, "edge-1");
        byte[] name = [4, .. "site"u8];

        foreach (var payload in (byte[][])[[], [0], [5, 1], [0, 0, 1, 1], [.. name, 0], [.. name, 0, 0], [.. name, 0, 2, 1], [.. name, 0, 1, 1, 1]])
            Assert.Equal(KeylessError.Malformed, (await edge.AskAsync(TestRequests.Raw(operation, site.Ski(), payload))).Error);
    }

    /// <summary>The request may name any host: what counts is whose session it is.</summary>
    [Fact]
    [Trait("Attack", "9")]
    public async Task A_rule_for_one_name_seals_and_opens_no_session_of_another()
    {
        await using var server = new TestKeyServer { Rules = [new KeyRule { Edges = ["edge-1"] }, new KeyRule { Edges = ["edge-2"], Names = new NamePatterns(["own.test"]) }] };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await ConnectAsync(server, "edge-1");
        await using var other = await ConnectAsync(server, "edge-2");
        var (foreign, own) = (State("site.test"), State("site.test", serverName: "OWN.test"));
        var recorded = (await edge.AskAsync(TestRequests.SealTicket(site, "site.test", foreign))).Payload;
        var ticket = (await other.AskAsync(Named("own.test", TestRequests.SealTicket(site, "site.test", own)))).Payload;

        Assert.Equal(KeylessError.SessionUnknown, (await other.AskAsync(Named("own.test", TestRequests.OpenTicket(site, "site.test", recorded)))).Error);
        Assert.Equal(KeylessError.Malformed, (await other.AskAsync(Named("own.test", TestRequests.SealTicket(site, "site.test", foreign)))).Error);
        Assert.Equal(KeylessError.KeyNotFound, (await other.AskAsync(TestRequests.OpenTicket(site, "site.test", recorded))).Error);
        Assert.Equal(own, (await other.AskAsync(Named("own.test", TestRequests.OpenTicket(site, "site.test", ticket)))).Payload);
    }

    private static RequestItems Named(string name, RequestItems request) => (ref items) =>
    {
        request(ref items);
        items.ServerName = Encoding.ASCII.GetBytes(name);
    };

    private static async Task<TestEdge> ConnectAsync(TestKeyServer server, string name)
    {
        var edge = await server.ConnectAsync(name);
        await edge.NegotiateAsync();
        return edge;
    }

    internal static byte[] State(string site, DateTimeOffset? established = null, string? serverName = null)
    {
        var facts = new SessionFacts
        {
            Version = TlsVersion.Tls12,
            CipherSuite = CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            Site = site,
            ServerName = serverName ?? site,
            ApplicationProtocol = "h2",
            CertificateFingerprint = new byte[32],
            Established = established ?? DateTimeOffset.UtcNow,
            Issued = established ?? DateTimeOffset.UtcNow,
            Lifetime = TimeSpan.FromHours(12),
        };
        using var state = new SessionState(facts, SecretBytes.Random(48));
        using var encoded = SessionStateEncoding.Encode(state);
        return encoded!.Span.ToArray();
    }

    private static List<string> Names(byte[] payload) => ReceivedKeys.Read(payload).Names;
}
