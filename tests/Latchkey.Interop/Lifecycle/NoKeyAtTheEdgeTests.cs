using System.Security.Cryptography;
using System.Text;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Lifecycle;

/// <summary>The point of it all: after serving, the edge has no site's key in its folder nor in its memory.</summary>
public sealed class NoKeyAtTheEdgeTests
{
    [Fact]
    [Trait("Catalogue", "K2")]
    [Trait("Catalogue", "K4")]
    [Trait("Catalogue", "X1")]
    public async Task The_edge_serves_without_ever_holding_the_key()
    {
        var local = new SitePlan("local", TestKey.EcdsaP256) { LocalKey = true };
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            Sites = [new("ecdsa", TestKey.EcdsaP256), new("rsa", TestKey.Rsa2048) { Profile = "compatible" }, local],
        });
        foreach (var options in new[] { "-tls1_3", "-tls1_2", "-tls1_2 -cipher AES128-GCM-SHA256" })
        {
            await VisitAsync(sites, "rsa", options);
        }

        await VisitAsync(sites, "ecdsa", "-tls1_3");
        await VisitAsync(sites, "local", "-tls1_3");

        foreach (var site in new[] { "ecdsa", "rsa" })
        {
            var key = sites.CertificateOf(site).PrivateKeyPem;
            foreach (var file in Directory.EnumerateFiles(sites.Files.Edge, "*", SearchOption.AllDirectories))
            {
                Assert.DoesNotContain(key.Split('\n')[2], await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
            }

            Assert.False(Holds(sites.Edge, sites.CertificateOf(site)), $"the edge holds the key of {site}");
        }

        // The search finds keys where they are.
        Assert.True(Holds(sites.Edge, sites.CertificateOf("local")), "the local key was not found in the edge's memory");
        Assert.True(Holds(sites.KeyServer, sites.CertificateOf("rsa")), "the RSA key was not found in the key server's memory");
    }

    private static async Task VisitAsync(KeylessDeployment sites, string site, string options)
    {
        var host = sites.Site(site).Host;
        var request = $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n";
        var result = await OpenSslClient.RunAsync(sites, host, options.Split(' '), request);
        Assert.Contains(Origin.Greeting, result.Succeeded().Output, StringComparison.Ordinal);
    }

    /// <summary>The private scalar or a prime, in either byte order, as DER or as libcrypto's numbers.</summary>
    private static bool Holds(Role role, TestCertificate certificate)
    {
        var secret = SecretOf(certificate);
        return ProcessMemory.Contains(role.Process.Id, secret)
            || ProcessMemory.Contains(role.Process.Id, [.. secret.Reverse()])
            || ProcessMemory.Contains(role.Process.Id, Encoding.ASCII.GetBytes(certificate.PrivateKeyPem.Split('\n')[2]));
    }

    private static byte[] SecretOf(TestCertificate certificate)
    {
        if (certificate.Key == TestKey.Rsa2048)
        {
            using var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(certificate.PrivateKey, out _);
            return rsa.ExportParameters(true).P!;
        }

        using var ecdsa = ECDsa.Create();
        ecdsa.ImportPkcs8PrivateKey(certificate.PrivateKey, out _);
        return ecdsa.ExportParameters(true).D!;
    }
}
