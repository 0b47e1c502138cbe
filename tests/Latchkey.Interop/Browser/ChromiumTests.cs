using System.Security.Cryptography;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Browser;

/// <summary>Headless Chromium loads a page with images through the edge.</summary>
public sealed class ChromiumTests(SharedSites shared)
{
    [Theory]
    [InlineData("ecdsa", "tls1.3")]
    [InlineData("rsa", "tls1.2")]
    [Trait("Catalogue", "K2")]
    [Trait("Catalogue", "X1")]
    [Trait("Catalogue", "D5")]
    public async Task A_browser_loads_a_page_with_its_images_over_http2(string site, string maxVersion)
    {
        var chromium = Tool.SkipUnless("chromium");
        var sites = await shared.GetAsync();
        var host = sites.Site(site).Host;
        using var home = new TemporaryFolder();

        var result = await ChildProcess.RunAsync(
            chromium,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
                $"--user-data-dir={home.File("profile")}", $"--ssl-version-max={maxVersion}",
                $"--ignore-certificate-errors-spki-list={SpkiHash(sites.CertificateOf(site))}",
                $"--host-resolver-rules=MAP {host} 127.0.0.1:{sites.Port}, MAP * ~NOTFOUND",
                "--virtual-time-budget=10000", "--dump-dom", $"https://{host}:{sites.Port}/",
            ],
            environment: new Dictionary<string, string?> { ["HOME"] = home.Path },
            timeout: TimeSpan.FromSeconds(90));

        Assert.Contains(Origin.Greeting, result.Output, StringComparison.Ordinal);
        Assert.Contains(WebPage.AllLoaded, result.Output, StringComparison.Ordinal);
        Assert.Contains("data-protocol=\"h2\"", result.Output, StringComparison.Ordinal);
    }

    private static string SpkiHash(TestCertificate certificate)
    {
        using var parsed = certificate.WithoutPrivateKey();
        return Convert.ToBase64String(SHA256.HashData(parsed.PublicKey.ExportSubjectPublicKeyInfo()));
    }
}
