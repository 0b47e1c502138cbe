using System.Text.Json.Nodes;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Handshakes;

/// <summary>
/// Clients with a key that they share with the key server: the edge has neither that nor the certificate's. gnutls-cli 3.7 cannot take part: it crashes after any
/// TLS 1.2 handshake without certificate, also with its own server.
/// </summary>
[Trait("Catalogue", "G4")]
public sealed class PreSharedKeyTests(PreSharedKeySites shared) : IClassFixture<PreSharedKeySites>
{
    private const string Host = "psk.example.test";

    [Theory]
    [InlineData("ECDHE-PSK-CHACHA20-POLY1305")]
    [InlineData("ECDHE-PSK-AES128-CBC-SHA256")]
    [InlineData("DHE-PSK-AES128-GCM-SHA256")]
    [InlineData("DHE-PSK-AES256-GCM-SHA384")]
    [InlineData("DHE-PSK-CHACHA20-POLY1305")]
    public async Task OpenSsl_is_served_by_its_key(string suite)
    {
        var output = (await OpenSslAsync(suite, "alice", PreSharedKeySites.Key)).Succeeded().Output;
        Assert.Contains($"Cipher is {suite}", output, StringComparison.Ordinal);
        Assert.Contains("PSK identity hint: of the house", output, StringComparison.Ordinal);
        Assert.Contains($"{Origin.Greeting}, {Host}", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("psk")]
    [InlineData("psk-session-keys")]
    public async Task OpenSsl_is_served_by_its_key_in_TLS_1_3(string site)
    {
        var output = (await OpenSsl13Async(site, PreSharedKeySites.Key)).Succeeded().Output;
        Assert.Contains("no peer certificate available", output, StringComparison.Ordinal);
        Assert.Contains($"{Origin.Greeting}, {site}.example.test", output, StringComparison.Ordinal);
        Assert.Contains("SSL alert number 51\n", (await OpenSsl13Async(site, "ff" + PreSharedKeySites.Key)).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("psk")]
    [InlineData("psk-session-keys")]
    public async Task GnuTls_is_served_by_its_key_in_TLS_1_3(string site)
    {
        await using var client = ChildProcess.Start(
            Tool.SkipUnless("gnutls-cli"),
            [
                "--sni-hostname", $"{site}.example.test", "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK", "--pskusername", "alice", "--pskkey", PreSharedKeySites.Key,
                "--x509cafile", shared.Sites.CaFile, "--port", $"{shared.Sites.Port}", "127.0.0.1",
            ]);
        await client.Input.WriteAsync($"GET /hello HTTP/1.1\r\nHost: {site}.example.test\r\nConnection: close\r\n\r\n");
        await client.WaitForLineAsync($"{Origin.Greeting}, {site}.example.test");
    }

    // Its master secret would come to an edge that may not have it.
    [Fact]
    public async Task Custody_session_keys_serves_no_such_key_in_TLS_1_2()
    {
        var result = await OpenSslAsync("ECDHE-PSK-CHACHA20-POLY1305", "alice", PreSharedKeySites.Key, "psk-session-keys.example.test");
        Assert.Contains("SSL alert number 40\n", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alice", "ff" + PreSharedKeySites.Key)]
    [InlineData("mallory", PreSharedKeySites.Key)]
    public async Task A_wrong_key_and_an_unknown_identity_end_alike(string identity, string key)
    {
        var result = await OpenSslAsync("ECDHE-PSK-CHACHA20-POLY1305", identity, key);
        Assert.Contains("SSL alert number 20\n", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_without_such_a_key_see_the_certificate() => (await CurlClient.RunAsync(shared.Sites, Host, "/hello", [])).Succeeded();

    private Task<ChildResult> OpenSsl13Async(string site, string key) => ChildProcess.RunAsync(
        Tool.SkipUnless("openssl"),
        [
            "s_client", "-connect", $"127.0.0.1:{shared.Sites.Port}", "-servername", $"{site}.example.test", "-ign_eof", "-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256",
            "-psk_identity", "alice", "-psk", key,
        ],
        $"GET /hello HTTP/1.1\r\nHost: {site}.example.test\r\nConnection: close\r\n\r\n");

    private Task<ChildResult> OpenSslAsync(string suite, string identity, string key, string host = Host) => ChildProcess.RunAsync(
        Tool.SkipUnless("openssl"),
        ["s_client", "-connect", $"127.0.0.1:{shared.Sites.Port}", "-servername", host, "-ign_eof", "-tls1_2", "-cipher", suite, "-psk_identity", identity, "-psk", key],
        Request);

    private static string Request => $"GET /hello HTTP/1.1\r\nHost: {Host}\r\nConnection: close\r\n\r\n";
}

/// <summary>A site with pre-shared keys at its key server.</summary>
public sealed class PreSharedKeySites : IAsyncLifetime
{
    public const string Key = "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100";

    public KeylessDeployment Sites { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Sites = await KeylessDeployment.StartAsync(new DeploymentPlan
    {
        Tapped = true,
        Sites =
        [
            new("psk", TestKey.EcdsaP256) { Profile = "legacy", Settings = """{ "preSharedKeys": true, "identityHint": "of the house" }""" },
            .. new[] { "exchange", "master-secret", "session-keys" }.Select(custody => new SitePlan($"psk-{custody}", TestKey.EcdsaP256) { Custody = custody, Settings = """{ "preSharedKeys": true }""" }),
        ],
        Change = files =>
        {
            File.WriteAllText(Path.Combine(files.KeyServer, "psk.keys"), $"alice:{Key}\n");
            var file = Path.Combine(files.KeyServer, "keyserver.json");
            var config = JsonNode.Parse(File.ReadAllText(file))!;
            config["preSharedKeys"] = new JsonArray(new JsonObject { ["path"] = "psk.keys" });
            File.WriteAllText(file, config.ToJsonString());
        },
    });

    public ValueTask DisposeAsync() => Sites.DisposeAsync();
}
