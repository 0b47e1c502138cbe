using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>Attack 10, the link's half: an edge whose certificate is revoked stays connected and goes on asking.</summary>
[Trait("Attack", "10")]
public sealed class Attack10RevokedLinkTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_revoked_edge_that_is_connected_is_cut_off_with_its_questions_unanswered_and_does_not_come_back()
    {
        await using var server = new AttackedKeyServer { WatchesRevocation = true };
        var site = server.AddKey(TestKey.Rsa2048, "site.test", rawOperations: true);
        server.Revoke();
        await server.StartAsync();
        using var certificate = server.IssueEdge("edge-b");
        await using var edge = await HostileEdge.ConnectAsync(server.EndPoint, server.Authorities[0].RawData, certificate);
        await using var other = await server.ConnectAsync("edge-a");
        Assert.Equal(Opcode.Response, (await edge.AskAsync(Sign(site))).Opcode);

        server.Revoke(certificate);
        await server.ReloadAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => edge.AskAsync(Sign(site)));
        // The edge hears of its end before the key server has put the connection away.
        while (server.Status.Connections.Any(connection => connection.Edge == "edge-b"))
            await Task.Delay(10, TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<Exception>(async () => await HostileEdge.ConnectAsync(server.EndPoint, server.Authorities[0].RawData, certificate));
        Assert.Equal(Opcode.Response, (await other.AskAsync(Sign(site))).Opcode);
    }

    /// <summary>The contrast: a key server without revocation lists, as deployed, serves the edge until its certificate expires.</summary>
    [Fact]
    public async Task Without_a_revocation_list_it_goes_on_and_comes_back()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test", rawOperations: true);
        server.Revoke();
        await server.StartAsync();
        using var certificate = server.IssueEdge("edge-b");
        await using var edge = await HostileEdge.ConnectAsync(server.EndPoint, server.Authorities[0].RawData, certificate);

        server.Revoke(certificate);
        await server.ReloadAsync();

        Assert.Equal(Opcode.Response, (await edge.AskAsync(Sign(site))).Opcode);
        await using var again = await HostileEdge.ConnectAsync(server.EndPoint, server.Authorities[0].RawData, certificate);
        Assert.Equal(Opcode.Response, (await again.AskAsync(Sign(site))).Opcode);
    }

    private static Request Sign(TestCertificate site) => Requests.Raw(Opcode.RsaSignSha256, site, new byte[32]);
}
