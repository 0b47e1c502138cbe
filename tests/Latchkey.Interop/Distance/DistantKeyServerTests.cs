using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Distance;

/// <summary>A key server 50 ms away, there and back.</summary>
public sealed class DistantKeyServerTests
{
    private const int Visitors = 200;
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(50);

    /// <summary>One after the other they would take 200 × 50 ms = 10 s. The bound leaves room for a slow machine's cryptography.</summary>
    private const double Bound = 5000;

    [Theory]
    [InlineData("1.3", "ecdsa")]
    [InlineData("1.2", "rsa")]
    public async Task Two_hundred_concurrent_handshakes_wait_together(string version, string site)
    {
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan { KeyServerDistance = RoundTrip / 2 });
        var host = sites.Site(site).Host;
        await Crowd.VisitAsync(sites, 20, host, version); // compiled code, open connections

        sites.Link.ToTarget = sites.Link.ToClient = TimeSpan.Zero;
        var near = await Crowd.VisitAsync(sites, Visitors, host, version);
        sites.Link.ToTarget = sites.Link.ToClient = RoundTrip / 2;
        var far = await Crowd.VisitAsync(sites, Visitors, host, version);
        TestContext.Current.TestOutputHelper?.WriteLine($"near {near}\nfar  {far}");

        Assert.Equal(Visitors, near.Handshakes);
        Assert.Equal(Visitors, far.Handshakes);
        Assert.Empty(far.Failures);
        Assert.True(far.FirstHandshake >= RoundTrip.TotalMilliseconds, $"the delay was not there: {far}");
        Assert.True(far.LastHandshake < Bound, $"handshakes queue for the key server: near {near}, far {far}");
    }

    [Theory]
    [InlineData("ecdsa", "-tls1_3")]
    [InlineData("ecdsa", "-tls1_2")]
    [InlineData("rsa", "-tls1_3")]
    [InlineData("rsa", "-tls1_2")]
    public async Task A_full_handshake_asks_the_key_server_once(string site, string version)
    {
        await using var sites = await KeylessDeployment.StartAsync();
        var host = sites.Site(site).Host;
        var request = $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n";
        (await OpenSslClient.RunAsync(sites, host, [version], request)).Succeeded(); // after it, nothing is left to connect
        await Task.Delay(200, TestContext.Current.CancellationToken);

        var before = sites.Link.RoundTrips;
        (await OpenSslClient.RunAsync(sites, host, [version], request)).Succeeded();
        Assert.Equal(1, sites.Link.RoundTrips - before);
        Assert.Equal(1, sites.Link.Accepted); // one connection for everything
    }
}
