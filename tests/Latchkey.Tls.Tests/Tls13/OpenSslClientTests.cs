using Latchkey.Testing;
using Latchkey.Tls.Tests.Driver;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>Handshakes with the client everybody has.</summary>
public sealed class OpenSslClientTests
{
    [Theory]
    [InlineData("TLS_AES_128_GCM_SHA256", "P-256")]
    [InlineData("TLS_AES_256_GCM_SHA384", "P-384")]
    [InlineData("TLS_CHACHA20_POLY1305_SHA256", "X25519")]
    [InlineData("TLS_AES_128_GCM_SHA256", "X25519:P-256")]
    public async Task S_client_gets_its_answer_with_every_suite_and_group(string suite, string groups)
    {
        await using var server = new LoopbackServer(TestSite.Options(), LoopbackServer.AnswerHttpAsync);
        var output = await SClientAsync(server, $"-ciphersuites {suite} -groups {groups}", "GET /page HTTP/1.1\r\nHost: example.test\r\n\r\n");
        Assert.Contains($"Cipher is {suite}", output, StringComparison.Ordinal);
        Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
        Assert.Contains("GET /page HTTP/1.1", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S_client_updates_its_keys_and_asks_for_ours()
    {
        await using var server = new LoopbackServer(TestSite.Options(), LoopbackServer.AnswerHttpAsync);
        var openssl = Tool.SkipUnless("openssl");
        await using var client = ChildProcess.Start(openssl, ["s_client", "-connect", $"127.0.0.1:{server.Port}", "-servername", "example.test", "-tls1_3"]);
        await client.Input.WriteAsync("GET /first HTTP/1.1\r\n\r\n");
        await client.WaitForLineAsync(line => line.Contains("GET /first", StringComparison.Ordinal), "the first answer");
        // "K" on a line of its own is s_client's command: KeyUpdate with update_requested.
        await client.Input.WriteAsync("K\n");
        await client.WaitForLineAsync(line => line.Contains("KEYUPDATE", StringComparison.Ordinal), "the command's echo");
        await client.Input.WriteAsync("GET /second HTTP/1.1\r\n\r\n");
        await client.WaitForLineAsync(line => line.Contains("GET /second", StringComparison.Ordinal), "the second answer");
        Assert.Empty(server.Failures);
    }

    [Fact]
    public async Task Curl_fetches_over_http_1_1()
    {
        var curl = Tool.SkipUnless("curl");
        await using var server = new LoopbackServer(TestSite.Options(protocols: ["http/1.1"]), LoopbackServer.AnswerHttpAsync);
        using var folder = new TemporaryFolder();
        var ca = TestSite.Authority.Write(folder.Path);
        var result = await ChildProcess.RunAsync(curl, ["-sS", "--max-time", "20", "--http1.1", "--cacert", ca, "--resolve", $"example.test:{server.Port}:127.0.0.1", $"https://example.test:{server.Port}/one", $"https://example.test:{server.Port}/two"]);
        Assert.Equal("GET /one HTTP/1.1\nGET /two HTTP/1.1\n", result.Output);
    }

    private static async Task<string> SClientAsync(LoopbackServer server, string options, string input)
    {
        var openssl = Tool.SkipUnless("openssl");
        using var folder = new TemporaryFolder();
        var ca = TestSite.Authority.Write(folder.Path);
        await using var client = ChildProcess.Start(openssl, ["s_client", "-connect", $"127.0.0.1:{server.Port}", "-servername", "example.test", "-tls1_3", "-CAfile", ca, "-verify_hostname", "example.test", .. options.Split(' ')]);
        await client.Input.WriteAsync(input);
        await client.Input.FlushAsync();
        await client.WaitForLineAsync(line => line.Contains("GET /page", StringComparison.Ordinal), "the answer");
        return client.Output;
    }
}
