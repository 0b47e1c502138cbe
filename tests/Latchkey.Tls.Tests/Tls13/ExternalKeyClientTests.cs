using System.Text;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tests.Driver;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>External pre-shared keys with the clients of three libraries.</summary>
[Trait("Catalogue", "G4")]
public sealed class ExternalKeyClientTests
{
    private const string Key = "8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92";
    private const string Request = "GET /page HTTP/1.1\r\nHost: example.test\r\n\r\n";

    [Theory]
    [InlineData("TLS_AES_128_GCM_SHA256", "X25519")]
    [InlineData("TLS_CHACHA20_POLY1305_SHA256", "X448:P-256")]
    public async Task OpenSSL_needs_no_certificate(string suite, string groups)
    {
        await using var server = new LoopbackServer(Options("device-7"), LoopbackServer.AnswerHttpAsync);
        await using var client = ChildProcess.Start(
            Tool.SkipUnless("openssl"),
            ["s_client", "-connect", $"127.0.0.1:{server.Port}", "-servername", "example.test", "-tls1_3", "-psk_identity", "device-7", "-psk", Key, "-ciphersuites", suite, "-groups", groups]);
        await client.Input.WriteAsync(Request);
        await client.Input.FlushAsync();
        await client.WaitForLineAsync(line => line.Contains("GET /page", StringComparison.Ordinal), "the answer");
        Assert.Contains("no peer certificate available", client.Output, StringComparison.Ordinal);
        Assert.Contains($"Reused, TLSv1.3, Cipher is {suite}", client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GnuTLS_needs_no_certificate()
    {
        await using var server = new LoopbackServer(Options("device-7"), LoopbackServer.AnswerHttpAsync);
        await using var client = ChildProcess.Start(
            Tool.SkipUnless("gnutls-cli"),
            ["--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK", "--pskusername", "device-7", "--pskkey", Key, "--sni-hostname", "example.test", "--port", $"{server.Port}", "127.0.0.1"]);
        await client.Input.WriteAsync(Request);
        await client.Input.FlushAsync();
        await client.WaitForLineAsync(line => line.Contains("GET /page", StringComparison.Ordinal), "the answer");
        Assert.Contains("PSK", client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nss_needs_no_certificate()
    {
        await using var server = new LoopbackServer(Options("Client_identity"), LoopbackServer.AnswerHttpAsync);
        using var folder = new TemporaryFolder();
        var request = folder.Write("request", Request);
        // It has no database, so that a certificate would be of no use to it.
        await using var client = ChildProcess.Start(
            Tool.SkipUnless("tstclnt"),
            ["-h", "127.0.0.1", "-a", "example.test", "-p", $"{server.Port}", "-D", "-V", "tls1.3:tls1.3", "-z", "0x" + Key, "-A", request, "-4", "-v"]);
        await client.WaitForLineAsync(line => line.Contains("GET /page", StringComparison.Ordinal), "the answer");
        Assert.Empty(server.Failures);
    }

    private static TlsServerOptions Options(string identity) =>
        TestSite.Options(preSharedKeys: new LocalPreSharedKeys([new PreSharedKey(Encoding.ASCII.GetBytes(identity), SecretBytes.CopyOf(Convert.FromHexString(Key)))]));
}
