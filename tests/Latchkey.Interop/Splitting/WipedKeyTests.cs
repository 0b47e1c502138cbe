using System.Security.Cryptography;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Splitting;

/// <summary>After the operations for which it was joined, a split key is in nobody's memory.</summary>
[Trait("Catalogue", "S4")]
public sealed class WipedKeyTests
{
    [Fact]
    public async Task The_joined_key_is_wiped_from_the_key_servers_memory()
    {
        var sites = new SplitKeySites();
        await using var deployment = sites;
        await sites.InitializeAsync();
        // Each number looked for costs a pass over the memory of both processes: one custody of each way to use the key will do.
        var used = sites.Deployment.Sites.Where(site => site.Custody is "signature" or "handshake" || site.Name == "session-keys-rsa2048").ToList();
        foreach (var site in used)
        {
            await sites.VisitAsync(site.Name, "-tls1_3");
            await sites.VisitAsync(site.Name, "-tls1_2");
            if (site.Profile == "compatible")
                await sites.VisitAsync(site.Name, "-tls1_2", "-cipher", "AES128-GCM-SHA256");
        }

        var wanted = used.SelectMany(site => WantedOf(site.Name, sites.Deployment.CertificateOf(site.Name))).ToDictionary();
        Assert.Empty(ProcessMemory.Find(sites.Deployment.KeyServer.Process.Id, wanted.Keys).Select(number => wanted[number]));
        Assert.Empty(ProcessMemory.Find(sites.Deployment.Edge.Process.Id, wanted.Keys).Select(number => wanted[number]));
    }

    // Otherwise the search above might find nothing because it looks for the wrong thing.
    [Fact]
    public async Task The_same_search_finds_a_key_that_a_key_server_has_whole()
    {
        await using var whole = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            Sites = [new("rsa", TestKey.Rsa2048), new("ecdsa", TestKey.EcdsaP256), new("ed25519", TestKey.Ed25519)],
        });

        Assert.All(whole.Sites, site => Assert.NotEmpty(ProcessMemory.Find(whole.KeyServer.Process.Id, WantedOf(site.Name, whole.CertificateOf(site.Name)).Select(one => one.Key).ToList())));
    }

    private static IEnumerable<KeyValuePair<byte[], string>> WantedOf(string site, TestCertificate certificate)
    {
        foreach (var (name, number) in NumbersOf(certificate))
        {
            yield return new(number, $"{name} of {site}");
            yield return new([.. number.Reverse()], $"{name} of {site}, the last byte first");
        }
    }

    private static IEnumerable<(string Name, byte[] Number)> NumbersOf(TestCertificate certificate)
    {
        switch (certificate.Key)
        {
            case TestKey.Rsa2048:
                using (var rsa = RSA.Create())
                {
                    rsa.ImportPkcs8PrivateKey(certificate.PrivateKey, out _);
                    var key = rsa.ExportParameters(true);
                    return [("d", key.D!), ("p", key.P!)];
                }
            case TestKey.Ed25519:
                return [("seed", certificate.PrivateKey[^32..])];
            default:
                using (var ecdsa = ECDsa.Create())
                {
                    ecdsa.ImportPkcs8PrivateKey(certificate.PrivateKey, out _);
                    return [("d", ecdsa.ExportParameters(true).D!)];
                }
        }
    }
}
