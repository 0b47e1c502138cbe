using System.Diagnostics;
using System.Text.Json;
using Latchkey.Interop.Clients;
using Latchkey.Testing;

namespace Latchkey.Interop.Fleet;

/// <summary>Two key servers as processes under a steady load: whatever one of them does, clients notice nothing.</summary>
[Trait("Catalogue", "D1")]
[Trait("Catalogue", "D3")]
public sealed class FleetTests
{
    private const double PerSecond = 120;

    /// <summary>What a bad key server, which is 2 s late itself or never answers, may add to the slowest of a hundred: in milliseconds, on a machine with other work.</summary>
    private const double Bounded = 1000;

    [Theory]
    [InlineData("1.3", "signature")]
    [InlineData("1.2", "session-keys")]
    public async Task Of_two_thousand_handshakes_none_fails_when_one_is_killed_comes_back_and_the_other_is_killed(string version, string custody)
    {
        await using var pool = await TwoKeyServers.StartAsync(direct: true, custody);
        var load = SteadyLoad.Start(pool.Edge.Port, TwoKeyServers.Host, version, 2000, PerSecond);

        await load.ReachesAsync(500);
        pool.First.Process.Send(Signal.Kill);
        await load.ReachesAsync(900);
        await pool.First.RestartAsync();
        await pool.BothServeAsync();
        await load.ReachesAsync(1400);
        pool.Second.Process.Send(Signal.Kill);
        var result = await load.EndsAsync();

        Assert.True((result.Handshakes, result.Failures.Count) == (2000, 0), result.ToString());
        Assert.All(new[] { pool.First, pool.Second }, killed => Assert.Contains(pool.Edge.Process.Lines, line => line.Contains("connection lost", StringComparison.Ordinal) && line.Contains($"{killed.Endpoint}", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("slow", "1.3", "signature")]
    [InlineData("slow", "1.2", "session-keys")]
    [InlineData("wrong", "1.3", "signature")]
    [InlineData("wrong", "1.2", "signature")]
    [InlineData("silent", "1.3", "signature")]
    [InlineData("silent", "1.3", "session-keys")]
    public async Task None_fails_when_one_becomes_slow_wrong_or_silent_and_it_is_ejected_and_named(string how, string version, string custody)
    {
        await using var pool = await TwoKeyServers.StartAsync(direct: false, custody);
        var load = SteadyLoad.Start(pool.Edge.Port, TwoKeyServers.Host, version, 1000, PerSecond);

        await load.ReachesAsync(300);
        var ordinary = load.P99;
        switch (how)
        {
            case "slow":
                pool.Link.ToClient = TimeSpan.FromSeconds(2);
                break;
            case "wrong":
                pool.Spoils = true;
                break;
            default:
                pool.Link.Frozen = true; // new connections are accepted, too, and hear nothing
                break;
        }
        await pool.Edge.Process.WaitForLineAsync(line => line.Contains($"{pool.FirstEndPoint} {(how == "wrong" ? "gave a wrong answer" : "gets no operations")}", StringComparison.Ordinal), "the ejection of the first");
        var ejected = (await pool.StatusAsync())[0];
        var result = await load.EndsAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"of the first 300, before: p99 {ordinary:0} ms");

        Assert.True((result.Handshakes, result.Failures.Count) == (1000, 0), result.ToString());
        Assert.True(result.P99 < Bounded + (2 * ordinary), $"{result}; before, p99 {ordinary:0} ms");
        Assert.Equal(pool.FirstEndPoint, ejected.GetProperty("endPoint").GetString());
        Assert.Equal("Ejected", ejected.GetProperty("health").GetString());
        Assert.Contains(how == "wrong" ? "does not verify" : "did not answer within", ejected.GetProperty("ejectionReason").GetString(), StringComparison.Ordinal);
        var metrics = (await pool.Edge.AdminAsync("/metrics")).Body;
        Assert.Matches($@"(?m)^latchkey_client_ejections_total\{{[^}}]*{pool.FirstEndPoint.Replace(".", @"\.", StringComparison.Ordinal)}[^}}]*reason=""{(how == "wrong" ? "wrong" : "late")}""[^}}]*\}} [1-9]", metrics);
    }

    [Fact]
    public async Task With_both_dead_handshakes_fail_clearly_and_all_is_well_within_a_second_of_the_first_return()
    {
        await using var pool = await TwoKeyServers.StartAsync(direct: true);
        (await CurlClient.RunAsync(pool.Sites, TwoKeyServers.Host, "/hello", [])).Succeeded();
        pool.First.Process.Send(Signal.Kill);
        pool.Second.Process.Send(Signal.Kill);
        await pool.UntilAsync(status => Array.TrueForAll(status, one => !one.GetProperty("isConnected").GetBoolean()));

        for (var i = 0; i < 3; i++)
        {
            var clock = Stopwatch.StartNew();
            var refused = await OpenSslClient.RunAsync(pool.Sites, TwoKeyServers.Host, ["-tls1_3"], "");
            TestContext.Current.TestOutputHelper?.WriteLine($"refused after {clock.ElapsedMilliseconds} ms");
            Assert.Contains("alert internal error", refused.Errors, StringComparison.Ordinal);
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(8)); // the handshake's deadline is 10 s
        }
        await Task.Delay(2000, TestContext.Current.CancellationToken); // reconnecting has backed off as far as it will

        await pool.Second.RestartAsync();
        var back = Stopwatch.StartNew();
        using var client = new ReconnectingClient("1.3");
        while (!Served(client, pool.Edge.Port))
            Assert.InRange(back.Elapsed, TimeSpan.Zero, ChildProcess.Patience);
        back.Stop();
        TestContext.Current.TestOutputHelper?.WriteLine($"served again after {back.ElapsedMilliseconds} ms");

        // A second; visits take part of it, and longer on a machine with other work.
        var ordinary = Stopwatch.StartNew();
        client.Forget();
        client.Visit(pool.Edge.Port, TwoKeyServers.Host);
        Assert.InRange(back.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1.5) + (10 * ordinary.Elapsed));
    }

    private static bool Served(ReconnectingClient client, int port)
    {
        try
        {
            return client.Visit(port, TwoKeyServers.Host).Answer.Contains(Deployment.Origin.Greeting, StringComparison.Ordinal);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
