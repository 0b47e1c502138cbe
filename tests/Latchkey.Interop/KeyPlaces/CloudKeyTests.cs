using System.Security.Cryptography;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.KeyPlaces;

/// <summary>Pages served to OpenSSL and curl with keys that only a cloud's key service has.</summary>
[Trait("Catalogue", "S2")]
public sealed class CloudKeyTests(CloudSites shared) : IClassFixture<CloudSites>
{
    public static TheoryData<string, string> Cells()
    {
        var cells = new TheoryData<string, string>();
        foreach (var cloud in new[] { "aws", "azure" })
        {
            foreach (var custody in new[] { "signature", "exchange", "session-keys", "handshake" })
            {
                foreach (var key in new[] { "ecdsa", "rsa" })
                {
                    cells.Add($"{cloud}-{custody}-{key}", "-tls1_3");
                    cells.Add($"{cloud}-{custody}-{key}", "-tls1_2");
                }
            }
        }
        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_page_is_served_with_a_key_in_the_cloud(string site, string version)
    {
        var visit = await VisitAsync(site, version);

        Assert.Contains(Origin.Greeting, visit.Succeeded().Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aws-signature-ecdsa", "--tlsv1.3")]
    [InlineData("azure-signature-rsa", "--tls-max 1.2")]
    public async Task Curl_gets_the_page(string site, string version)
    {
        var sites = await shared.GetAsync();
        var host = sites.Site(site).Host;

        var page = await ChildProcess.RunAsync(
            Tool.SkipUnless("curl"), ["-sS", .. version.Split(' '), "--cacert", sites.CaFile, "--resolve", $"{host}:{sites.Port}:127.0.0.1", $"https://{host}:{sites.Port}/hello"]);

        Assert.Contains($"{Origin.Greeting}, {host}", page.Succeeded().Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aws-signature-rsa")]
    [InlineData("aws-session-keys-rsa")]
    [InlineData("azure-signature-rsa")]
    [InlineData("azure-session-keys-rsa")]
    public async Task An_RSA_key_exchange_is_refused_and_the_log_says_why(string site)
    {
        var visit = await VisitAsync(site, "-tls1_2 -cipher AES128-GCM-SHA256");

        Assert.NotEqual(0, visit.ExitCode);
        var sites = await shared.GetAsync();
        await sites.Edge.Process.WaitForLineAsync("the device that has the key cannot do it");
    }

    [Fact]
    public async Task The_key_server_has_no_key()
    {
        (await VisitAsync("aws-signature-rsa", "-tls1_3")).Succeeded();
        var sites = await shared.GetAsync();
        using var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(sites.CertificateOf("aws-signature-rsa").PrivateKey, out _);
        var prime = rsa.ExportParameters(true).P!;

        Assert.False(ProcessMemory.Contains(sites.KeyServer.Process.Id, prime) || ProcessMemory.Contains(sites.KeyServer.Process.Id, [.. prime.Reverse()]));
    }

    private async Task<ChildResult> VisitAsync(string site, string options)
    {
        var sites = await shared.GetAsync();
        var host = sites.Site(site).Host;
        return await OpenSslClient.RunAsync(sites, host, options.Split(' '), $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    }
}
