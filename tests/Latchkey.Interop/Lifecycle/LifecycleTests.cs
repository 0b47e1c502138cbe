using System.Net;
using System.Net.Sockets;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Lifecycle;

/// <summary>Start, drain, stop, and what the admin endpoint says meanwhile.</summary>
public sealed class LifecycleTests
{
    private const string Host = "ecdsa.example.test";

    [Fact]
    public async Task SIGTERM_lets_requests_finish_takes_no_new_ones_and_exits_0()
    {
        await using var sites = await KeylessDeployment.StartAsync();
        (await CurlClient.RunAsync(sites, Host, "/hello", [])).Succeeded();
        var slow = CurlClient.RunAsync(sites, Host, "/slow", []);
        await sites.Origin.SlowAsked.WaitAsync(ChildProcess.Patience, TestContext.Current.CancellationToken);
        sites.Edge.Process.Terminate();
        using var patience = new CancellationTokenSource(ChildProcess.Patience);
        while (await IsAcceptedAsync(sites.Port))
            await Task.Delay(20, patience.Token);

        var late = await CurlClient.RunAsync(sites, Host, "/hello", []);
        Assert.NotEqual(0, late.ExitCode);
        Assert.False(sites.Edge.Process.HasExited || slow.IsCompleted, "the request under way was not waited for");
        sites.Origin.AnswerSlow();
        Assert.Equal("slow but complete", (await slow).Succeeded().Output.TrimEnd());
        Assert.Equal(0, await sites.Edge.Process.WaitForExitAsync());
        Assert.Equal(0, await sites.KeyServer.StopAsync());
    }

    private static async Task<bool> IsAcceptedAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [Fact]
    public async Task Both_admin_endpoints_answer()
    {
        await using var sites = await KeylessDeployment.StartAsync();
        (await CurlClient.RunAsync(sites, Host, "/hello", [])).Succeeded();
        foreach (var role in new[] { sites.Edge, sites.KeyServer })
        {
            Assert.Equal(200, (await role.AdminAsync("/healthz")).Status);
            Assert.Equal(200, (await role.AdminAsync("/readyz")).Status);
            var metrics = await role.AdminAsync("/metrics");
            Assert.Equal(200, metrics.Status);
            Assert.Contains("# TYPE latchkey_", metrics.Body, StringComparison.Ordinal);
            using var status = System.Text.Json.JsonDocument.Parse((await role.AdminAsync("/status")).Body);
            Assert.Equal(System.Text.Json.JsonValueKind.Object, status.RootElement.ValueKind);
        }
    }

    [Fact]
    public async Task Keys_added_and_taken_away_count_after_SIGHUP_without_a_dropped_connection()
    {
        var withheld = new SitePlan("late", TestKey.EcdsaP256) { KeyWithheld = true };
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan { Sites = [new("ecdsa", TestKey.EcdsaP256), withheld] });
        var refused = await OpenSslClient.RunAsync(sites, withheld.Host, ["-tls1_3"], "");
        Assert.Contains("alert internal error", refused.Errors, StringComparison.Ordinal);
        var connections = sites.Link.Accepted;

        sites.CertificateOf("late").WriteKey(Path.Combine(sites.Files.KeyServer, "keys"), "late");
        sites.KeyServer.Process.Send(Signal.HangUp);
        ChildResult served;
        var tries = 0;
        do
        {
            await Task.Delay(200, TestContext.Current.CancellationToken);
            served = await CurlClient.RunAsync(sites, withheld.Host, "/hello", []);
        }
        while (served.ExitCode != 0 && ++tries < 25);

        Assert.Contains(Origin.Greeting, served.Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(connections, sites.Link.Accepted);
    }
}
