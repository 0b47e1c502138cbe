using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Matrix;

/// <summary>The tap that the checks rest on must itself see what there is to see.</summary>
public sealed class TapTests
{
    [Fact]
    public async Task A_master_secret_that_crosses_the_link_is_seen_and_equals_the_clients()
    {
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            Tapped = true,
            Sites = [new("rsakx", TestKey.Rsa2048) { Profile = "compatible" }],
        });
        using var folder = new TemporaryFolder();
        var log = Path.Combine(folder.Path, "keys");
        var host = sites.Site("rsakx").Host;

        var result = await OpenSslClient.RunAsync(sites, host, ["-tls1_2", "-cipher", "AES128-GCM-SHA256", "-keylogfile", log], $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");

        Assert.Contains(Origin.Greeting, result.Succeeded().Output, StringComparison.Ordinal);
        var keys = KeyLog.Read(log);
        Assert.Single(sites.Tap!.Messages, message => message.IsRequest);
        Assert.Single(sites.Tap.Messages, message => message.Contains(keys.MasterSecret));
        Assert.DoesNotContain(sites.Tap.Messages, message => message.Contains(keys.Premaster));
    }
}
