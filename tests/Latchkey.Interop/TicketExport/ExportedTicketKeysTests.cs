using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.TicketExport;

/// <summary>Other people's servers that have a fleet's ticket keys from its key server: a session of one goes on at another.</summary>
public sealed class ExportedTicketKeysTests
{
    [Theory]
    [InlineData("nginx", "1.2")]
    [InlineData("nginx", "1.3")]
    [InlineData("haproxy", "1.2")]
    [InlineData("haproxy", "1.3")]
    [Trait("Catalogue", "T3")]
    public async Task Two_servers_resume_each_others_sessions(string program, string version)
    {
        await using var deployment = await StartAsync();
        await using var first = await StartServerAsync(program, deployment);
        await using var second = await StartServerAsync(program, deployment);
        using var client = new ReconnectingClient(version);
        var host = deployment.Sites[0].Host;
        var (resumed, answer) = client.Visit(first.Port, host);
        Assert.False(resumed);
        Assert.Contains(ForeignServer.Answer, answer, StringComparison.Ordinal);

        for (var i = 0; i < 10; i++)
            Assert.True(client.Visit(i % 2 == 0 ? second.Port : first.Port, host).Resumed, $"reconnect {i + 1}");
    }

    private static Task<ForeignServer> StartServerAsync(string program, KeylessDeployment deployment) =>
        program == "nginx" ? ForeignServer.StartNginxAsync(deployment) : ForeignServer.StartHAProxyAsync(deployment);

    private static Task<KeylessDeployment> StartAsync() => KeylessDeployment.StartAsync(new DeploymentPlan { Sites = [new("site", TestKey.EcdsaP256)] });
}
