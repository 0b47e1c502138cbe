using System.Security.Cryptography;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.KeyPlaces;

/// <summary>The key is on a different device from the key server: another key server (S3). OpenSSL and curl visit; no process but the inner one ever has the key.</summary>
[Trait("Catalogue", "S3")]
public sealed class DistantKeyTests(DistantSites shared) : IClassFixture<DistantSites>
{
    public static TheoryData<string, string> Cells()
    {
        var cells = new TheoryData<string, string>();
        foreach (var custody in DistantSites.Custodies)
        {
            foreach (var options in new[] { "-tls1_3", "-tls1_2" })
            {
                cells.Add(custody + "-ecdsa", options);
                cells.Add(custody + "-rsa", options);
            }
            cells.Add(custody + "-rsa", "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256");
            cells.Add(custody + "-rsa", "-tls1_2 -cipher AES128-GCM-SHA256");
            cells.Add(custody + "-rsa", "-tls1_2 -cipher AES256-GCM-SHA384");
        }
        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_page_is_served_with_a_key_two_machines_away(string site, string options)
    {
        var sites = await shared.GetAsync();
        var host = sites.Site(site).Host;

        var visit = await OpenSslClient.RunAsync(sites, host, options.Split(' '), $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");

        Assert.Contains($"{Origin.Greeting}, {host}", visit.Succeeded().Output, StringComparison.Ordinal);
    }

    // Without extended master secret it is another operation (43).
    [Theory]
    [InlineData("signature-rsa")]
    [InlineData("session-keys-rsa")]
    [InlineData("handshake-rsa")]
    public async Task An_RSA_key_exchange_without_extended_master_secret_is_served_too(string site)
    {
        var sites = await shared.GetAsync();
        var host = sites.Site(site).Host;

        var visit = await GnuTlsClient.RunAsync(sites, host, "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA:%NO_SESSION_HASH", $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");

        Assert.Contains($"{Origin.Greeting}, {host}", visit.Succeeded().Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--tlsv1.3")]
    [InlineData("--tls-max 1.2")]
    public async Task Curl_gets_the_page(string version)
    {
        var sites = await shared.GetAsync();
        var host = sites.Site("signature-ecdsa").Host;

        var page = await ChildProcess.RunAsync(
            Tool.SkipUnless("curl"), ["-sS", .. version.Split(' '), "--cacert", sites.CaFile, "--resolve", $"{host}:{sites.Port}:127.0.0.1", $"https://{host}:{sites.Port}/hello"]);

        Assert.Contains($"{Origin.Greeting}, {host}", page.Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_server_in_between_never_holds_the_key()
    {
        var sites = await shared.GetAsync();
        var host = sites.Site("signature-rsa").Host;
        var visit = await OpenSslClient.RunAsync(sites, host, ["-tls1_2"], $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        visit.Succeeded();
        using var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(sites.CertificateOf("signature-rsa").PrivateKey, out _);
        var prime = rsa.ExportParameters(true).P!;

        Assert.False(Holds(sites.Edge, prime));
        Assert.False(Holds(sites.KeyServer, prime));
        Assert.True(Holds(shared.Inner, prime));
    }

    [Fact]
    public async Task When_the_inner_key_server_comes_back_pages_are_served_again()
    {
        await using var own = new DistantSites();
        var sites = await own.GetAsync();
        await own.Inner.StopAsync();
        var host = sites.Site("signature-ecdsa").Host;
        var request = $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n";
        Assert.NotEqual(0, (await OpenSslClient.RunAsync(sites, host, ["-tls1_3"], request)).ExitCode);

        await own.Inner.RestartAsync();
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while ((await OpenSslClient.RunAsync(sites, host, ["-tls1_3"], request)).ExitCode != 0)
            Assert.True(patience.Elapsed < ChildProcess.Patience, "no page although the inner key server is back");

        Assert.Contains(sites.KeyServer.Process.Lines, line => line.Contains("key server \"inner\"", StringComparison.Ordinal));
    }

    private static bool Holds(Role role, byte[] secret) =>
        ProcessMemory.Contains(role.Process.Id, secret) || ProcessMemory.Contains(role.Process.Id, [.. secret.Reverse()]);
}
