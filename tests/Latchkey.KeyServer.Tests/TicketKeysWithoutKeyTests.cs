using Latchkey.Crypto;
using Latchkey.KeyServer.Policy;
using Latchkey.Testing;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>Certificates whose private keys are elsewhere: the key server makes their ticket keys, and can do nothing else with them.</summary>
[Trait("Catalogue", "T1")]
[Trait("Catalogue", "T3")]
public sealed class TicketKeysWithoutKeyTests
{
    [Fact]
    public async Task Edges_with_keys_of_their_own_get_ticket_keys_of_their_certificate()
    {
        using var folder = new TemporaryFolder();
        await using var server = new TestKeyServer();
        var site = Elsewhere(server, folder, new KeySource { Certificates = folder.Path });
        await server.StartAsync();
        await using var edge = await ConnectAsync(server);
        await using var other = await ConnectAsync(server, "edge-2");

        var reply = await edge.AskAsync(TestRequests.TicketKeys(site, "site.test"));

        Assert.Equal(Opcode.Response, reply.Opcode);
        Assert.True(TicketKeysReply.TryRead(reply.Payload, out var keys));
        Assert.False(keys.Keys.IsEmpty);
        Assert.Equal(reply.Payload, (await other.AskAsync(TestRequests.TicketKeys(site, "site.test"))).Payload);
    }

    [Fact]
    public async Task Nothing_else_is_done_with_them()
    {
        using var folder = new TemporaryFolder();
        await using var server = new TestKeyServer { RawOperations = true };
        var site = Elsewhere(server, folder, new KeySource { Certificates = folder.Path });
        await server.StartAsync();
        await using var edge = await ConnectAsync(server);

        var signed = await edge.AskAsync(TestRequests.CertificateVerify(site.Ski(), (ushort)SignatureScheme.EcdsaSecp256r1Sha256, new byte[32]));

        Assert.Equal(KeylessError.KeyNotFound, signed.Error);
    }

    [Fact]
    public async Task Rules_say_who_gets_them()
    {
        using var folder = new TemporaryFolder();
        await using var server = new TestKeyServer();
        var site = Elsewhere(server, folder, new KeySource
        {
            Certificates = folder.Path,
            Rules = [new KeyRule { Edges = ["edge-1"], Operations = KeyOperations.TicketKeys }],
        });
        await server.StartAsync();
        await using var edge = await ConnectAsync(server);
        await using var other = await ConnectAsync(server, "edge-2");

        Assert.Equal(Opcode.Response, (await edge.AskAsync(TestRequests.TicketKeys(site, "site.test"))).Opcode);
        Assert.Equal(KeylessError.KeyNotFound, (await other.AskAsync(TestRequests.TicketKeys(site, "site.test"))).Error);
    }

    [Fact]
    public async Task A_rule_that_needs_a_private_key_is_an_error_at_the_start()
    {
        using var folder = new TemporaryFolder();
        await using var server = new TestKeyServer();
        Elsewhere(server, folder, new KeySource { Certificates = folder.Path, Rules = [new KeyRule { Place = "keys[1].rules[0]" }] });

        var error = await Assert.ThrowsAnyAsync<Exception>(() => server.StartAsync());

        Assert.Contains("keys[1].rules[0] allows what needs a private key", error.Message, StringComparison.Ordinal);
    }

    private static TestCertificate Elsewhere(TestKeyServer server, TemporaryFolder folder, KeySource source)
    {
        var site = TestKeyServer.Issue(TestKey.EcdsaP256, "site.test");
        site.WriteCertificate(folder.Path, "site");
        server.FurtherKeys.Add(source);
        return site;
    }

    private static async Task<TestEdge> ConnectAsync(TestKeyServer server, string name = "edge-1")
    {
        var edge = await server.ConnectAsync(name);
        await edge.NegotiateAsync();
        return edge;
    }
}
