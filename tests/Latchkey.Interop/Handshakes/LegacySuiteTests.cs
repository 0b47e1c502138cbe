using System.Text.RegularExpressions;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Handshakes;

/// <summary>Every suite of the profiles compatible and legacy, asked for one by one, through an edge that has no key.</summary>
public sealed class LegacySuiteTests(LegacySites legacy) : IClassFixture<LegacySites>
{
    private const string EncryptThenMac = "encrypt-then-mac";

    [Theory]
    [InlineData("DHE-RSA-AES128-GCM-SHA256")]
    [InlineData("DHE-RSA-AES256-GCM-SHA384")]
    [InlineData("DHE-RSA-CHACHA20-POLY1305")]
    [Trait("Catalogue", "K2")]
    public async Task Each_dhe_suite_of_profile_compatible(string suite)
    {
        var output = await HelloAsync("compatible", suite);
        Assert.Contains("Server Temp Key: DH, 3072 bits", output, StringComparison.Ordinal);
        Assert.DoesNotContain(EncryptThenMac, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rsa", "DHE-RSA-AES128-SHA256")]
    [InlineData("rsa", "DHE-RSA-AES256-SHA256")]
    [InlineData("rsa", "DHE-RSA-AES128-SHA")]
    [InlineData("rsa", "DHE-RSA-AES256-SHA")]
    [InlineData("rsa", "ECDHE-RSA-AES128-SHA256")]
    [InlineData("rsa", "ECDHE-RSA-AES256-SHA384")]
    [InlineData("rsa", "ECDHE-RSA-AES128-SHA")]
    [InlineData("rsa", "ECDHE-RSA-AES256-SHA")]
    [InlineData("ecdsa", "ECDHE-ECDSA-AES128-SHA256")]
    [InlineData("ecdsa", "ECDHE-ECDSA-AES256-SHA384")]
    [InlineData("ecdsa", "ECDHE-ECDSA-AES128-SHA")]
    [InlineData("ecdsa", "ECDHE-ECDSA-AES256-SHA")]
    [Trait("Catalogue", "K2")]
    [Trait("Catalogue", "G5")]
    public async Task Each_cbc_suite_with_forward_secrecy_with_and_without_encrypt_then_mac(string site, string suite)
    {
        Assert.Contains(EncryptThenMac, await HelloAsync(site, suite), StringComparison.Ordinal);
        Assert.DoesNotContain(EncryptThenMac, await HelloAsync(site, suite, encryptThenMac: false), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AES128-SHA256")]
    [InlineData("AES256-SHA256")]
    [InlineData("AES128-SHA")]
    [InlineData("AES256-SHA")]
    [Trait("Catalogue", "K4")]
    [Trait("Catalogue", "G5")]
    public async Task Each_cbc_suite_with_rsa_key_exchange(string suite)
    {
        Assert.Contains(EncryptThenMac, await HelloAsync("rsa", suite), StringComparison.Ordinal);
        Assert.DoesNotContain(EncryptThenMac, await HelloAsync("rsa", suite, encryptThenMac: false), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DHE-DSS-AES128-GCM-SHA256")]
    [InlineData("DHE-DSS-AES256-GCM-SHA384")]
    [InlineData("DHE-DSS-AES128-SHA256")]
    [InlineData("DHE-DSS-AES256-SHA256")]
    [InlineData("DHE-DSS-AES128-SHA")]
    [InlineData("DHE-DSS-AES256-SHA")]
    [Trait("Catalogue", "K2")]
    [Trait("Catalogue", "G6")]
    public async Task Each_dss_suite_signed_by_a_key_server(string suite)
    {
        var output = await HelloAsync("dsa", suite);
        Assert.Contains("Peer signature type: DSA", output, StringComparison.Ordinal);
        Assert.Contains("Peer signing digest: SHA256", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rsa")]
    [InlineData("exchange")]
    [InlineData("master-secret")]
    [InlineData("session-keys")]
    [InlineData("handshake")]
    [Trait("Catalogue", "K3")]
    [Trait("Catalogue", "K3b")]
    [Trait("Catalogue", "K3c")]
    [Trait("Catalogue", "K5")]
    [Trait("Catalogue", "K6")]
    [Trait("Catalogue", "K7")]
    public async Task Every_custody_does_dhe_and_cbc_and_resumes_them_as_they_were(string site)
    {
        foreach (var (suite, encryptThenMac) in new[] { ("DHE-RSA-AES256-GCM-SHA384", true), ("DHE-RSA-AES128-SHA256", false), ("ECDHE-RSA-AES256-SHA384", true), ("AES128-SHA", false), ("AES256-SHA256", true) })
        {
            using var folder = new TemporaryFolder();
            var session = folder.File("session");
            Assert.Contains("\nNew, ", await HelloAsync(site, suite, encryptThenMac, "-sess_out", session), StringComparison.Ordinal);
            Assert.Contains("\nReused, ", await HelloAsync(site, suite, encryptThenMac, "-sess_in", session), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("DHE-DSS-AES128-GCM-SHA256")]
    [InlineData("DHE-DSS-AES256-SHA")]
    [Trait("Catalogue", "K3")]
    [Trait("Catalogue", "G6")]
    public Task A_key_server_makes_and_signs_the_exchange_with_a_dsa_key(string suite) => HelloAsync("dsa-exchange", suite);

    [Fact]
    [Trait("Catalogue", "K2")]
    [Trait("Catalogue", "G5")]
    public async Task A_site_has_the_suites_of_its_list_and_its_group_for_clients_that_name_none()
    {
        var output = await HelloAsync("narrow", "DHE-RSA-AES256-SHA", true, "-groups", "X25519");
        Assert.Contains("Server Temp Key: DH, 4096 bits", output, StringComparison.Ordinal);
        var refused = await RunAsync("narrow.example.test", "ECDHE-RSA-AES128-GCM-SHA256", encryptThenMac: true, "");
        Assert.Contains("handshake failure", refused.All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FFDHE2048", "2048")]
    [InlineData("FFDHE3072", "3072")]
    [InlineData("FFDHE4096", "4096")]
    [InlineData("FFDHE6144", "6144")]
    [InlineData("FFDHE8192", "8192")]
    [Trait("Catalogue", "K2")]
    public async Task GnuTls_gets_the_group_it_names(string group, string bits)
    {
        var output = await GnuTlsAsync("compatible", $"NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+DHE-RSA:-GROUP-ALL:+GROUP-{group}");
        Assert.Contains($"DHE-{group}", output, StringComparison.Ordinal);
        Assert.Contains(bits, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(":%NO_ETM", false)]
    [Trait("Catalogue", "G5")]
    public async Task GnuTls_speaks_cbc_with_and_without_encrypt_then_mac(string option, bool encryptThenMac)
    {
        foreach (var (cipher, mac) in new[] { ("AES-128-CBC", "SHA1"), ("AES-256-CBC", "SHA1"), ("AES-128-CBC", "SHA256"), ("AES-256-CBC", "SHA384") })
        {
            var output = await GnuTlsAsync("rsa", $"NONE:+VERS-TLS1.2:+ECDHE-RSA:+DHE-RSA:+RSA:+{cipher}:+{mac}:+SIGN-ALL:+GROUP-ALL:+COMP-NULL:+CTYPE-X509{option}");
            Assert.Contains($"({cipher})-({mac})", output, StringComparison.Ordinal);
            Assert.Equal(encryptThenMac, Regex.IsMatch(output, "Options:.*EtM", RegexOptions.IgnoreCase));
        }
    }

    [Theory]
    [InlineData("rsa", "AES128-SHA")]
    [InlineData("ecdsa", "ECDHE-ECDSA-AES256-SHA384")]
    [Trait("Catalogue", "G5")]
    public async Task Large_answers_come_whole_over_cbc(string site, string suite)
    {
        foreach (var encryptThenMac in new[] { true, false })
        {
            var host = legacy.Sites.Site(site).Host;
            var result = await RunAsync(host, suite, encryptThenMac, Request(host, "/download?bytes=300000"));
            Assert.InRange(result.Succeeded().Output.Length, 300_000, 320_000);
        }
    }

    [Theory]
    [InlineData("compatible", "ECDHE-RSA-AES128-SHA")]
    [InlineData("compatible", "DHE-RSA-AES128-SHA")]
    [InlineData("compatible", "AES128-SHA")]
    [InlineData("rsa", "DES-CBC3-SHA")]
    [InlineData("rsa", "NULL-SHA")]
    [InlineData("rsa", "ADH-AES128-SHA")]
    [Trait("Catalogue", "G5")]
    public async Task What_a_profile_does_not_have_is_refused(string site, string suite)
    {
        var host = legacy.Sites.Site(site).Host;
        var result = await RunAsync(host, suite, encryptThenMac: true, "");
        Assert.NotEqual(0, result.ExitCode);
        if (!result.All.Contains("no cipher match", StringComparison.Ordinal))
            Assert.Contains("handshake failure", result.All, StringComparison.Ordinal);
    }

    private static string Request(string host, string path) => $"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n";

    private async Task<string> HelloAsync(string site, string suite, bool encryptThenMac = true, params string[] options)
    {
        var host = legacy.Sites.Site(site).Host;
        var result = await RunAsync(host, suite, encryptThenMac, Request(host, "/hello"), options);
        var output = result.Succeeded().Output;
        Assert.Contains($"{Origin.Greeting}, {host}", output, StringComparison.Ordinal);
        Assert.Contains($"Cipher is {suite}", output, StringComparison.Ordinal);
        return output;
    }

    private async Task<ChildResult> RunAsync(string host, string suite, bool encryptThenMac, string request, params string[] options)
    {
        using var folder = new TemporaryFolder();
        // The program has no option for it, but its configuration does.
        var configuration = encryptThenMac ? "" : "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nOptions = -EncryptThenMac\n";
        var environment = new Dictionary<string, string?> { ["OPENSSL_CONF"] = folder.Write("openssl.cnf", configuration) };
        return await ChildProcess.RunAsync(
            Tool.SkipUnless("openssl"),
            [
                "s_client", "-connect", $"127.0.0.1:{legacy.Sites.Port}", "-servername", host, "-verify_hostname", host, "-verify_return_error",
                "-CAfile", legacy.Sites.CaFile, "-ign_eof", "-tls1_2", "-tlsextdebug", "-cipher", $"{suite}:@SECLEVEL=0", .. options,
            ],
            request,
            environment: environment);
    }

    private async Task<string> GnuTlsAsync(string site, string priority)
    {
        var host = legacy.Sites.Site(site).Host;
        var result = await GnuTlsClient.RunAsync(legacy.Sites, host, priority, Request(host, "/hello"));
        var output = result.Succeeded().Output;
        Assert.Contains($"{Origin.Greeting}, {host}", output, StringComparison.Ordinal);
        return output;
    }
}
