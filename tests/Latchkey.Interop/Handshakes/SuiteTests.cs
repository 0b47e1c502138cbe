using System.Globalization;
using System.Text.RegularExpressions;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Handshakes;

/// <summary>Every suite, group, kind of certificate and custody, asked for one by one with OpenSSL.</summary>
public sealed class SuiteTests(SharedSites shared)
{
    [Theory]
    [InlineData("TLS_AES_128_GCM_SHA256")]
    [InlineData("TLS_AES_256_GCM_SHA384")]
    [InlineData("TLS_CHACHA20_POLY1305_SHA256")]
    [Trait("Catalogue", "X1")]
    public Task Each_suite_of_tls13(string suite) => HelloAsync("ecdsa", suite, ["-tls1_3", "-ciphersuites", suite]);

    [Theory]
    [InlineData("ecdsa", "ECDHE-ECDSA-AES128-GCM-SHA256")]
    [InlineData("ecdsa", "ECDHE-ECDSA-AES256-GCM-SHA384")]
    [InlineData("ecdsa", "ECDHE-ECDSA-CHACHA20-POLY1305")]
    [InlineData("rsa", "ECDHE-RSA-AES128-GCM-SHA256")]
    [InlineData("rsa", "ECDHE-RSA-AES256-GCM-SHA384")]
    [InlineData("rsa", "ECDHE-RSA-CHACHA20-POLY1305")]
    [Trait("Catalogue", "K2")]
    public Task Each_suite_of_tls12(string site, string suite) => HelloAsync(site, suite, ["-tls1_2", "-cipher", suite]);

    [Theory]
    [InlineData("rsakx", "AES128-GCM-SHA256")]
    [InlineData("rsakx", "AES256-GCM-SHA384")]
    [Trait("Catalogue", "K4")]
    [Trait("Catalogue", "F1")]
    public Task RSA_key_exchange_whose_master_secret_comes_from_the_key_server(string site, string suite) =>
        HelloAsync(site, suite, ["-tls1_2", "-cipher", suite]);

    [Theory]
    [InlineData("AES128-GCM-SHA256")]
    [InlineData("AES256-GCM-SHA384")]
    [Trait("Catalogue", "K1")]
    [Trait("Catalogue", "X3")]
    public Task RSA_key_exchange_by_raw_decryption(string suite) => HelloAsync("premaster-rsa", suite, ["-tls1_2", "-cipher", suite]);

    [Theory]
    [InlineData("premaster-ecdsa", "-tls1_2", "ECDHE-ECDSA-AES128-GCM-SHA256")]
    [InlineData("premaster-rsa", "-tls1_2", "ECDHE-RSA-AES128-GCM-SHA256")]
    [Trait("Catalogue", "K2")]
    [Trait("Catalogue", "X3")]
    public Task Signatures_by_raw_operations_in_tls12(string site, string version, string suite) => HelloAsync(site, suite, [version, "-cipher", suite]);

    [Theory]
    [InlineData("premaster-ecdsa")]
    [InlineData("premaster-rsa")]
    [Trait("Catalogue", "X1")]
    [Trait("Catalogue", "X3")]
    public Task Signatures_by_raw_operations_in_tls13(string site) => HelloAsync(site, "TLS_AES_", ["-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"]);

    [Fact]
    public Task A_local_key_serves_too() => HelloAsync("local", "TLS_AES_", ["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"]);

    [Theory]
    [InlineData("X25519", "X25519")]
    [InlineData("P-256", "P-256|prime256v1")]
    [InlineData("P-384", "P-384|secp384r1")]
    public async Task Each_group_in_both_versions(string group, string reported)
    {
        // In TLS 1.2 the groups also bound the curves of certificates (RFC 8422 §5.1.1), so an RSA one it is.
        foreach (var version in new[] { "-tls1_3", "-tls1_2" })
        {
            var output = await HelloAsync("rsa", "", [version, "-groups", group]);
            Assert.Matches($"Server Temp Key: .*({reported})", output);
        }
    }

    [Fact]
    public async Task A_client_whose_first_share_is_of_no_use_is_asked_again()
    {
        // s_client offers a share of its first group only; P-521 is not served, so HelloRetryRequest asks for P-384.
        var output = await HelloAsync("ecdsa", "", ["-tls1_3", "-groups", "P-521:P-384", "-msg"]);
        Assert.Matches("Server Temp Key: .*(P-384|secp384r1)", output);
        Assert.Equal(2, output.Split("ClientHello").Length - 1);
    }

    [Theory]
    [InlineData("p384", "-tls1_3", "ecdsa_secp384r1_sha384|ECDSA")]
    [InlineData("p384", "-tls1_2", "ECDSA")]
    [InlineData("rsa3072", "-tls1_3", "RSA-PSS")]
    [InlineData("rsa3072", "-tls1_2", "RSA")]
    [InlineData("ed25519", "-tls1_3", "(?i:ed25519)")]
    [InlineData("ed25519", "-tls1_2", "(?i:ed25519)")]
    [InlineData("chain", "-tls1_3", "ECDSA")]
    [InlineData("chain", "-tls1_2", "ECDSA")]
    public async Task Each_kind_of_certificate(string site, string version, string signature) =>
        Assert.Matches($"Peer signature type: ({signature})", await HelloAsync(site, "", [version]));

    [Theory]
    [InlineData("rsa_pss_rsae_sha256", "SHA256", "RSA-PSS")]
    [InlineData("rsa_pss_rsae_sha384", "SHA384", "RSA-PSS")]
    [InlineData("rsa_pss_rsae_sha512", "SHA512", "RSA-PSS")]
    public async Task Each_hash_of_pss(string algorithm, string hash, string type)
    {
        var output = await HelloAsync("rsa", "", ["-tls1_3", "-sigalgs", algorithm]);
        Assert.Contains($"Peer signing digest: {hash}", output, StringComparison.Ordinal);
        Assert.Contains($"Peer signature type: {type}", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ecdsa_secp256r1_sha256", 0)]
    [InlineData("rsa_pss_rsae_sha256", 1)]
    public async Task Of_two_certificates_the_client_gets_the_one_it_can_verify(string algorithm, int index)
    {
        var sites = await shared.GetDeploymentAsync();
        var result = await OpenSslClient.RunAsync(
            sites, "both.example.test", ["-tls1_3", "-sigalgs", $"{algorithm}:ecdsa_secp384r1_sha384"], Request("both.example.test"));
        var pem = PemOf(result.Succeeded().Output);
        Assert.Equal(sites.CertificateOf("both", index).Certificate, pem);
    }

    [Fact]
    public async Task GnuTls_verifies_ed25519()
    {
        Tool.SkipUnless("gnutls-cli");
        var sites = await shared.GetDeploymentAsync();
        foreach (var version in new[] { "1.2", "1.3" })
        {
            var result = await GnuTlsClient.RunAsync(sites, "ed25519.example.test", $"NORMAL:-VERS-ALL:+VERS-TLS{version}", Request("ed25519.example.test"));
            Assert.Contains(Origin.Greeting, result.Succeeded().Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.3")]
    public async Task GnuTls_gets_no_record_above_the_limit_it_names(string version)
    {
        const int limit = 512;
        const int protection = 8 + 16 + 1; // explicit nonce, tag, inner content type, where the version has them
        var sites = await shared.GetDeploymentAsync();
        var request = "GET /download?bytes=20000 HTTP/1.1\r\nHost: ecdsa.example.test\r\nConnection: close\r\n\r\n";

        var result = await GnuTlsClient.RunAsync(
            sites, "ecdsa.example.test", $"NORMAL:-VERS-ALL:+VERS-TLS{version}", request, "--recordsize", $"{limit}", "--debug", "5");

        result.Succeeded();
        var lengths = Regex.Matches(result.Output + result.Errors, @"Received Packet Application Data\(23\) with length: (\d+)")
            .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))
            .ToList();
        Assert.InRange(lengths.Count, 20_000 / limit, 20_000);
        Assert.All(lengths, length => Assert.InRange(length, 1, limit + protection));
    }

    private static string Request(string host) => $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n";

    private static byte[] PemOf(string output)
    {
        var begin = output.IndexOf("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal);
        var fields = System.Security.Cryptography.PemEncoding.Find(output.AsSpan(begin));
        return Convert.FromBase64String(output[begin..][fields.Base64Data]);
    }

    private async Task<string> HelloAsync(string site, string suite, string[] options)
    {
        var sites = await shared.GetDeploymentAsync();
        var host = sites.Site(site).Host;
        var result = await OpenSslClient.RunAsync(sites, host, options, Request(host));
        var output = result.Succeeded().Output;
        Assert.Contains($"{Origin.Greeting}, {host}", output, StringComparison.Ordinal);
        Assert.Contains($"Cipher is {suite}", output, StringComparison.Ordinal);
        return output;
    }
}
