using System.Diagnostics;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Distance;

/// <summary>The key server goes and comes back; the edge stays.</summary>
public sealed class OutageTests
{
    private const string Host = "ecdsa.example.test";

    [Fact]
    [Trait("Catalogue", "L6")]
    public async Task New_handshakes_fail_fast_live_sessions_go_on_and_all_is_well_within_a_second_of_its_return()
    {
        await using var sites = await KeylessDeployment.StartAsync();
        await using var live = ChildProcess.Start(
            Tool.SkipUnless("curl"), ["-sSN", "--cacert", sites.CaFile, "--resolve", $"{Host}:{sites.Port}:127.0.0.1", $"https://{Host}:{sites.Port}/drip"]);
        await live.WaitForLineAsync("drop 3");
        Assert.Equal(200, (await sites.Edge.AdminAsync("/readyz")).Status);
        var ordinary = await OrdinaryAsync(sites);

        Assert.Equal(0, await sites.KeyServer.StopAsync());
        foreach (var version in new[] { "-tls1_3", "-tls1_2" })
        {
            var clock = Stopwatch.StartNew();
            var refused = await OpenSslClient.RunAsync(sites, Host, [version], "");
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("alert internal error", refused.Errors, StringComparison.Ordinal);
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, Soon(ordinary));
        }

        await sites.Edge.Process.WaitForLineAsync(
            line => line.Contains("key server \"home\"", StringComparison.OrdinalIgnoreCase) && line.Contains("connection lost", StringComparison.Ordinal),
            "a log line that names the key server");
        Assert.NotEqual(200, (await sites.Edge.AdminAsync("/readyz")).Status);
        Assert.Equal(200, (await sites.Edge.AdminAsync("/healthz")).Status);
        var seen = live.Lines.Count;
        await live.WaitForLineAsync($"drop {seen + 5}");

        // Long enough away that reconnecting has backed off as far as it will.
        await Task.Delay(3000, TestContext.Current.CancellationToken);
        await sites.KeyServer.RestartAsync();
        var back = Stopwatch.StartNew();
        ChildResult served;
        do
        {
            served = await CurlClient.RunAsync(sites, Host, "/hello", []);
        }
        while (served.ExitCode != 0 && back.Elapsed < ChildProcess.Patience);

        TestContext.Current.TestOutputHelper?.WriteLine($"served again after {back.ElapsedMilliseconds} ms");
        back.Stop();
        Assert.Contains(Origin.Greeting, served.Output, StringComparison.Ordinal);
        Assert.InRange(back.Elapsed, TimeSpan.Zero, Soon(await OrdinaryAsync(sites))); // a second, and the curls that asked
        seen = live.Lines.Count;
        await live.WaitForLineAsync($"drop {seen + 5}");
    }

    [Fact]
    public async Task A_cut_link_costs_no_more_than_the_handshakes_on_it()
    {
        await using var sites = await KeylessDeployment.StartAsync();
        (await CurlClient.RunAsync(sites, Host, "/hello", [])).Succeeded();
        for (var i = 0; i < 5; i++)
        {
            sites.Link.Cut();
            await Task.Delay(100, TestContext.Current.CancellationToken);
            var clock = Stopwatch.StartNew();
            ChildResult served;
            do
            {
                served = await CurlClient.RunAsync(sites, Host, "/hello", []);
            }
            while (served.ExitCode != 0 && clock.Elapsed < ChildProcess.Patience);

            clock.Stop();
            Assert.Contains(Origin.Greeting, served.Output, StringComparison.Ordinal);
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, Soon(await OrdinaryAsync(sites)));
        }
    }

    [Fact]
    public async Task A_silent_key_server_ends_in_internal_error_within_the_request_timeout()
    {
        await using var sites = await KeylessDeployment.StartAsync();
        (await CurlClient.RunAsync(sites, Host, "/hello", [])).Succeeded();
        sites.Link.Frozen = true;
        var clock = Stopwatch.StartNew();
        var refused = await OpenSslClient.RunAsync(sites, Host, ["-tls1_3"], "");
        Assert.Contains("alert internal error", refused.Errors, StringComparison.Ordinal);
        clock.Stop();

        sites.Link.Frozen = false;
        var back = Stopwatch.StartNew();
        ChildResult served;
        do
        {
            served = await CurlClient.RunAsync(sites, Host, "/hello", []);
        }
        while (served.ExitCode != 0 && back.Elapsed < ChildProcess.Patience);

        back.Stop();
        var soon = Soon(await OrdinaryAsync(sites));
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5) + soon); // configured: 5 s
        Assert.InRange(back.Elapsed, TimeSpan.Zero, soon);
    }

    /// <summary>What is promised is a second; what the asking takes comes on top, and a machine with other work takes longer for both.</summary>
    private static TimeSpan Soon(TimeSpan ordinary) => TimeSpan.FromSeconds(1.5) + (4 * ordinary);

    /// <summary>What a visit takes at the moment when nothing is wrong.</summary>
    private static async Task<TimeSpan> OrdinaryAsync(KeylessDeployment sites)
    {
        var clock = Stopwatch.StartNew();
        (await CurlClient.RunAsync(sites, Host, "/hello", [])).Succeeded();
        return clock.Elapsed;
    }

    [Fact]
    public async Task An_edge_started_before_its_key_server_serves_once_that_is_there()
    {
        await using var sites = await KeylessDeployment.StartAsync();
        await sites.KeyServer.StopAsync();
        await sites.Edge.StopAsync();
        await sites.Edge.RestartAsync();
        Assert.NotEqual(0, (await CurlClient.RunAsync(sites, Host, "/hello", [])).ExitCode);
        await sites.KeyServer.RestartAsync();
        await sites.Edge.ConnectsAsync();
        Assert.Contains(Origin.Greeting, (await CurlClient.RunAsync(sites, Host, "/hello", [])).Succeeded().Output, StringComparison.Ordinal);
    }
}
