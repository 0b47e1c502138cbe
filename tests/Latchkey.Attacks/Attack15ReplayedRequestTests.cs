using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>Attack 15, the other direction: requests that are replayed, reordered, or sent under an id that is in use.</summary>
[Trait("Attack", "15")]
[Trait("Catalogue", "X4")]
public sealed class Attack15ReplayedRequestTests
{
    private const ushort Scheme = (ushort)SignatureScheme.EcdsaSecp256r1Sha256;

    [Fact]
    public async Task A_request_that_is_sent_again_byte_for_byte_is_refused()
    {
        await using var server = new AttackedKeyServer { RefusesReplays = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var request = HostileEdge.Encode(77, Signing(site));

        await edge.SendAsync((byte[])[.. request, .. request, .. request]);
        Answer[] answers = [await edge.ReadAsync(), await edge.ReadAsync(), await edge.ReadAsync()];

        Assert.Equal([77u, 77u, 77u], answers.Select(answer => answer.Id));
        Assert.Single(answers, answer => answer.Error == KeylessError.None);
        Assert.Equal(2, answers.Count(answer => answer.Error == KeylessError.Replayed));
    }

    [Fact]
    public async Task With_raw_operations_a_request_is_answered_as_often_as_it_is_sent()
    {
        await using var server = new AttackedKeyServer { RefusesReplays = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", rawOperations: true);
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var request = HostileEdge.Encode(77, Requests.Raw(Opcode.EcdsaSignSha256, site, new byte[32]));

        await edge.SendAsync((byte[])[.. request, .. request]);

        Assert.Equal(KeylessError.None, (await edge.ReadAsync()).Error);
        Assert.Equal(KeylessError.None, (await edge.ReadAsync()).Error);
    }

    [Fact]
    public async Task What_one_edge_has_asked_no_other_edge_gets_answered()
    {
        await using var server = new AttackedKeyServer { RefusesReplays = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        var request = Signing(site);
        await using (var edge = await server.ConnectAsync("edge-a"))
            Assert.Equal(KeylessError.None, (await edge.AskAsync(request)).Error);

        await using var thief = await server.ConnectAsync("edge-b");

        Assert.Equal(KeylessError.Replayed, (await thief.AskAsync(request)).Error);
    }

    [Fact]
    public async Task Requests_under_one_id_are_answered_each_for_itself()
    {
        await using var server = new AttackedKeyServer { RefusesReplays = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        byte[] first = RandomNumberGenerator.GetBytes(32), second = RandomNumberGenerator.GetBytes(32);

        await edge.SendAsync((byte[])[.. HostileEdge.Encode(5, Requests.CertificateVerify(site, Scheme, first)), .. HostileEdge.Encode(5, Requests.CertificateVerify(site, Scheme, second))]);
        Answer[] answers = [await edge.ReadAsync(), await edge.ReadAsync()];

        Assert.All([first, second], hash => Assert.Single(answers, answer => site.Verifies(SignatureScheme.EcdsaSecp256r1Sha256, Tls.Tls13.CertificateVerifyContent.ForServer(hash), answer.Payload)));
    }

    private static Request Signing(TestCertificate site)
    {
        using var exchange = CryptoProvider.Default.CreateKeyExchange(NamedGroup.X25519);
        var parameters = ServerKeyParameters.Encode(NamedGroup.X25519, exchange.PublicValue.Span);
        var random = FreshServerRandom.Create(DowngradeSentinel.None, TimeProvider.System);
        return Requests.ServerKeyExchange(site, Scheme, RandomNumberGenerator.GetBytes(32), random.Nonce.ToArray(), parameters);
    }
}
