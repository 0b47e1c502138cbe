using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Handshakes;

/// <summary>What is refused, with the alert an OpenSSL client then reports.</summary>
public sealed class RefusalTests(SharedSites shared)
{
    [Theory]
    [InlineData("a name nobody serves", "unknown.example.test", 112, "-tls1_3")]
    [InlineData("a suite nobody serves", "ecdsa.example.test", 40, "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256")]
    [InlineData("RSA key exchange in the default profile", "rsa.example.test", 40, "-tls1_2 -cipher AES128-GCM-SHA256")]
    [InlineData("a certificate the client cannot verify", "ecdsa.example.test", 40, "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256")]
    [InlineData("no group in common", "ecdsa.example.test", 40, "-tls1_3 -groups P-521")]
    [InlineData("a fallback that was not needed", "ecdsa.example.test", 86, "-tls1_2 -fallback_scsv")]
    [InlineData("an old version", "ecdsa.example.test", 70, "-tls1_1 -cipher ALL:@SECLEVEL=0")]
    [InlineData("no application protocol in common", "ecdsa.example.test", 120, "-tls1_3 -alpn spdy/1")]
    public async Task The_client_learns_why(string what, string host, int alert, string options)
    {
        var sites = await shared.GetDeploymentAsync();
        var result = await OpenSslClient.RunAsync(sites, host, options.Split(' '), "");
        Assert.True(result.ExitCode != 0, what);
        Assert.Contains($"SSL alert number {alert}\n", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_version_is_refused_where_the_client_speaks_it()
    {
        var sites = await shared.GetDeploymentAsync();
        var result = await CurlClient.RunAsync(sites, "ecdsa.example.test", "/hello", ["--tls-max", "1.1", "--tlsv1.0", "--ciphers", "ALL:@SECLEVEL=0"]);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("protocol version", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Catalogue", "G3")]
    public async Task Renegotiation_is_signalled_as_secure_and_refused()
    {
        var sites = await shared.GetDeploymentAsync();
        await using var client = ChildProcess.Start(
            Tool.SkipUnless("openssl"),
            ["s_client", "-connect", $"127.0.0.1:{sites.Port}", "-servername", "ecdsa.example.test", "-CAfile", sites.CaFile, "-tls1_2"]);
        await client.WaitForLineAsync("Secure Renegotiation IS supported");
        await client.WaitForLineAsync("Extended master secret: yes");
        await client.Input.WriteAsync("R\n");
        var exit = await client.WaitForExitAsync();
        Assert.NotEqual(0, exit);
        Assert.Contains("no renegotiation", client.Errors, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    [Trait("Catalogue", "G3")]
    public async Task Renegotiation_is_refused_to_GnuTls_too()
    {
        var sites = await shared.GetDeploymentAsync();
        var result = await GnuTlsClient.RunAsync(sites, "ecdsa.example.test", "NORMAL:-VERS-ALL:+VERS-TLS1.2", "", "--rehandshake");
        Assert.Contains("safe renegotiation", result.Output, StringComparison.Ordinal);
        Assert.Contains("No renegotiation", result.All, StringComparison.OrdinalIgnoreCase);
    }

    // A client that knows nothing of RFC 5746 is served all the same, but cannot renegotiate either.
    [Fact]
    [Trait("Catalogue", "G3")]
    public async Task A_client_without_secure_renegotiation_cannot_renegotiate()
    {
        var sites = await shared.GetDeploymentAsync();
        var result = await GnuTlsClient.RunAsync(sites, "ecdsa.example.test", "NORMAL:-VERS-ALL:+VERS-TLS1.2:%DISABLE_SAFE_RENEGOTIATION", "", "--rehandshake");
        Assert.Contains("Handshake was completed", result.Output, StringComparison.Ordinal);
        Assert.Contains("No renegotiation", result.All, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Keys_are_updated_in_both_directions_while_data_flows()
    {
        var sites = await shared.GetDeploymentAsync();
        // K updates both directions' keys, k the client's own; between them a request each. A command counts only at the beginning of what s_client reads at once: the next line waits for it.
        await using var updating = ChildProcess.Start(
            Tool.SkipUnless("openssl"),
            ["s_client", "-connect", $"127.0.0.1:{sites.Port}", "-servername", "ecdsa.example.test", "-CAfile", sites.CaFile, "-tls1_3", "-crlf"]);
        await updating.WaitForLineAsync("Verify return code: 0");
        foreach (var (command, number) in new[] { ("K", 1), ("k", 2), ("K", 3) })
        {
            await updating.Input.WriteAsync(command + "\n");
            var updates = 0;
            await updating.WaitForLineAsync(line => line.Contains("KEYUPDATE", StringComparison.Ordinal) && ++updates == number, $"KEYUPDATE, {number} times");
            await updating.Input.WriteAsync($"GET /hello?{number} HTTP/1.1\n");
            await updating.Input.WriteAsync($"Host: ecdsa.example.test\n\n");
            await updating.WaitForLineAsync($"{Origin.Greeting}, ecdsa.example.test?{number}");
        }
    }
}
