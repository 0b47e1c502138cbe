using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Latchkey.Testing;
using Latchkey.Tls.Tests.Driver;

namespace Latchkey.Tls.Tests.Tls12;

/// <summary>TLS 1.2 with the client everybody has, over a real socket.</summary>
public sealed class OpenSslClientTests
{
    [Theory]
    [InlineData("ECDHE-ECDSA-AES128-GCM-SHA256", TestKey.EcdsaP256)]
    [InlineData("ECDHE-ECDSA-AES256-GCM-SHA384", TestKey.EcdsaP256)]
    [InlineData("ECDHE-ECDSA-AES256-GCM-SHA384", TestKey.EcdsaP384)]
    [InlineData("ECDHE-ECDSA-CHACHA20-POLY1305", TestKey.EcdsaP256)]
    [InlineData("ECDHE-ECDSA-AES128-GCM-SHA256", TestKey.Ed25519)]
    [InlineData("ECDHE-RSA-AES128-GCM-SHA256", TestKey.Rsa2048)]
    [InlineData("ECDHE-RSA-AES256-GCM-SHA384", TestKey.Rsa2048)]
    [InlineData("ECDHE-RSA-CHACHA20-POLY1305", TestKey.Rsa2048)]
    [Trait("Catalogue", "K2")]
    public async Task Every_ecdhe_suite_carries_a_page(string suite, TestKey key)
    {
        var output = await FetchAsync(Tls12Site.Site(TestSite.Authority.IssueServer(key, "example.test")), $"-cipher {suite}");
        Assert.Contains($"Cipher is {suite}", output, StringComparison.Ordinal);
        AssertFetched(output);
        Assert.Contains("Extended master secret: yes", output, StringComparison.Ordinal);
        Assert.Contains("Secure Renegotiation IS supported", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X25519", "Server Temp Key: X25519")]
    [InlineData("P-256", "Server Temp Key: ECDH, prime256v1")]
    [InlineData("P-384:P-256", "Server Temp Key: ECDH, prime256v1")]
    [InlineData("P-384", "Server Temp Key: ECDH, secp384r1")]
    public async Task Every_group_works_in_the_servers_order(string groups, string temporaryKey)
    {
        var output = await FetchAsync(Tls12Site.Site(Tls12Site.Rsa), $"-groups {groups}");
        Assert.Contains(temporaryKey, output, StringComparison.Ordinal);
        AssertFetched(output);
    }

    [Theory]
    [InlineData("AES128-GCM-SHA256", true)]
    [InlineData("AES256-GCM-SHA384", true)]
    [InlineData("AES128-GCM-SHA256", false)]
    [Trait("Catalogue", "K1")]
    [Trait("Catalogue", "K4")]
    public async Task Rsa_key_exchange_works_in_profile_compatible(string suite, bool extendedMasterSecret)
    {
        var output = await FetchAsync(Tls12Site.Site(Tls12Site.Rsa, TlsProfile.Compatible), $"-cipher {suite}", extendedMasterSecret: extendedMasterSecret);
        Assert.Contains($"Cipher is {suite}", output, StringComparison.Ordinal);
        AssertFetched(output);
    }

    [Fact]
    public async Task Rsa_key_exchange_is_refused_in_profile_default()
    {
        var output = await FetchAsync(Tls12Site.Site(Tls12Site.Rsa), "-cipher AES128-GCM-SHA256");
        Assert.Contains("handshake failure", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_extended_master_secret_the_old_derivation_is_used()
    {
        var output = await FetchAsync(Tls12Site.Site(Tls12Site.Ecdsa), extendedMasterSecret: false);
        Assert.Contains("Extended master secret: no", output, StringComparison.Ordinal);
        AssertFetched(output);
    }

    [Theory]
    [InlineData("RSA-PSS+SHA384", "Peer signature type: RSA-PSS", "SHA384")]
    [InlineData("RSA+SHA256", "Peer signature type: RSA\n", "SHA256")]
    [InlineData("RSA+SHA512:RSA-PSS+SHA256", "Peer signature type: RSA\n", "SHA512")]
    public async Task Rsa_signs_by_the_clients_first_scheme(string schemes, string type, string digest)
    {
        var output = await FetchAsync(Tls12Site.Site(Tls12Site.Rsa), $"-sigalgs {schemes}");
        Assert.Contains(type, output, StringComparison.Ordinal);
        Assert.Contains($"Peer signing digest: {digest}", output, StringComparison.Ordinal);
        AssertFetched(output);
    }

    [Fact]
    public async Task The_second_certificate_is_taken_where_the_client_cannot_verify_the_first()
    {
        var site = Tls12Site.Site([Tls12Site.Load(Tls12Site.Ecdsa), Tls12Site.Load(Tls12Site.Rsa)]);
        AssertFetched(await FetchAsync(site, "-sigalgs RSA-PSS+SHA256"));
        var output = await FetchAsync(site, "-cipher ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384");
        Assert.Contains("Cipher is ECDHE-ECDSA-AES256-GCM-SHA384", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alpn_is_the_servers_first()
    {
        var output = await FetchAsync(Tls12Site.Site(Tls12Site.Ecdsa, protocols: ["h2", "http/1.1"]), "-alpn http/1.1,h2");
        Assert.Contains("ALPN protocol: h2", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alpn_without_overlap_is_no_application_protocol()
    {
        var output = await FetchAsync(Tls12Site.Site(Tls12Site.Ecdsa, protocols: ["h2"]), "-alpn spdy/3");
        Assert.Contains("no application protocol", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fallback_from_tls_1_3_is_inappropriate()
    {
        var output = await FetchAsync(Tls12Site.Site(Tls12Site.Ecdsa), "-fallback_scsv");
        Assert.Contains("inappropriate fallback", output, StringComparison.Ordinal);
        AssertFetched(await FetchAsync(Tls12Site.Site(Tls12Site.Ecdsa, maxVersion: TlsVersion.Tls12), "-fallback_scsv"));
    }

    [Fact]
    public async Task A_tls_1_3_client_meets_a_tls_1_2_site()
    {
        var output = await FetchAsync(Tls12Site.Site(Tls12Site.Ecdsa, maxVersion: TlsVersion.Tls12), version: "");
        Assert.Contains("Protocol  : TLSv1.2", output, StringComparison.Ordinal);
        AssertFetched(output);
    }

    [Fact]
    public async Task An_unknown_name_is_unrecognized()
    {
        await using var server = new LoopbackServer(Tls12Site.Options(Tls12Site.Site(Tls12Site.Ecdsa), isDefault: false), LoopbackServer.AnswerOnceAsync);
        var output = await ConnectAsync(server, "-tls1_2 -servername other.test");
        Assert.Contains("unrecognized name", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tls_1_1_is_refused_with_protocol_version()
    {
        var output = await FetchAsync(Tls12Site.Site(Tls12Site.Ecdsa), "-cipher ALL:@SECLEVEL=0", version: "-tls1_1");
        Assert.Contains("protocol version", output, StringComparison.Ordinal);
    }

    private static async Task<string> FetchAsync(TlsSite site, string arguments = "", string version = "-tls1_2", bool extendedMasterSecret = true)
    {
        await using var server = new LoopbackServer(Tls12Site.Options(site), LoopbackServer.AnswerOnceAsync);
        return await ConnectAsync(server, $"{version} -servername example.test {arguments}", extendedMasterSecret);
    }

    private static async Task<string> ConnectAsync(LoopbackServer server, string arguments, bool extendedMasterSecret = true)
    {
        Tool.SkipUnless("openssl");
        using var folder = new TemporaryFolder();
        var ca = folder.Write("ca.pem", TestSite.Authority.CertificatePem);
        // The program has no option for it, but its configuration does.
        var configuration = extendedMasterSecret ? "" : "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nOptions = -ExtendedMasterSecret\n";
        var environment = new Dictionary<string, string?> { ["OPENSSL_CONF"] = folder.Write("openssl.cnf", configuration) };
        var result = await ChildProcess.RunAsync(
            "openssl", $"s_client -connect 127.0.0.1:{server.Port} -CAfile {ca} -ign_eof {arguments}".Split(' ', StringSplitOptions.RemoveEmptyEntries),
            "GET /page HTTP/1.1\r\nHost: example.test\r\n\r\n",
            environment: environment);
        return result.All;
    }

    private static void AssertFetched(string output)
    {
        Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
        Assert.True(output.Contains("200 OK", StringComparison.Ordinal), output);
        Assert.Contains("GET /page HTTP/1.1", output, StringComparison.Ordinal);
    }
}
