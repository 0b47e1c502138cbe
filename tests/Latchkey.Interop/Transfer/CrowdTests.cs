using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;

namespace Latchkey.Interop.Transfer;

public sealed class CrowdTests(SharedSites shared)
{
    [Theory]
    [InlineData("1.2", "rsa")]
    [InlineData("1.3", "ecdsa")]
    public async Task Two_hundred_concurrent_connections_are_all_served(string version, string site)
    {
        var sites = await shared.GetAsync();
        var crowd = await Crowd.VisitAsync(sites, 200, sites.Site(site).Host, version);
        TestContext.Current.TestOutputHelper?.WriteLine(crowd.ToString());
        Assert.Empty(crowd.Failures);
        Assert.Equal(200, crowd.Handshakes);
        Assert.Equal(200, crowd.Answers);
    }
}
