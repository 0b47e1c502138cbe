using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Deployed;

/// <summary>Our edge with custody <c>premaster</c> and a key server that knows the deployed protocol only.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class DeployedKeyServerTests
{
    [Theory]
    [InlineData("ecdsa", "-tls1_3", 0x15)]
    [InlineData("rsa", "-tls1_3", 0x35)]
    [InlineData("ecdsa", "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256", 0x15)]
    [InlineData("rsa", "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256 -sigalgs RSA+SHA256", 0x05)]
    [InlineData("rsa", "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256 -sigalgs RSA+SHA512", 0x07)]
    [InlineData("rsa", "-tls1_2 -cipher AES128-GCM-SHA256", 0x01)]
    [Trait("Catalogue", "X3")]
    [Trait("Catalogue", "K1")]
    [Trait("Catalogue", "K2")]
    public async Task An_edge_serves_with_a_key_server_of_today(string site, string options, byte opcode)
    {
        using var links = TestAuthority.Create();
        var plan = new DeploymentPlan
        {
            Sites =
            [
                new("ecdsa", TestKey.EcdsaP256) { Custody = "premaster" },
                new("rsa", TestKey.Rsa2048) { Custody = "premaster", Profile = "compatible" },
            ],
            Change = files => links.Write(files.Edge),
        };
        await using var keyServer = new DeployedKeyServer(links.IssueServer(TestKey.EcdsaP256, "localhost", "127.0.0.1"));
        plan.ForeignKeyServerPort = keyServer.Port;
        await using var sites = await KeylessDeployment.StartAsync(plan);
        keyServer.Add(sites.CertificateOf("ecdsa"));
        keyServer.Add(sites.CertificateOf("rsa"));

        var host = sites.Site(site).Host;
        var request = $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n";
        var result = await OpenSslClient.RunAsync(sites, host, options.Split(' '), request);

        Assert.Contains(Origin.Greeting, result.Succeeded().Output, StringComparison.Ordinal);
        // Besides pings the edge may ask, once a connection, whether this key server knows Latchkey's own operations, whose numbers are 40 and up.
        var asked = keyServer.Opcodes.Where(asked => asked != Frames.Ping).ToList();
        Assert.Equal([opcode], asked.Where(asked => asked < 0x40));
        Assert.All(asked.Where(asked => asked >= 0x40), asked => Assert.Equal(Frames.Capabilities, asked));
        Assert.InRange(asked.Count, 1, 1 + sites.Link.Accepted);
    }
}
