using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Upstreams;

/// <summary>What lies behind the edge: HTTP, any TCP service, a folder.</summary>
public sealed class UpstreamTests(SharedSites shared)
{
    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    [Trait("Catalogue", "D6")]
    public async Task A_tcp_service_is_talked_to_line_by_line_and_half_close_is_carried_over(string version)
    {
        var sites = await shared.GetDeploymentAsync();
        await using var client = ChildProcess.Start(
            Tool.SkipUnless("gnutls-cli"),
            [
                "--x509cafile", sites.CaFile, "--sni-hostname", "tcp.example.test", "--verify-hostname", "tcp.example.test", "--port", $"{sites.Port}",
                "--priority", $"NORMAL:-VERS-ALL:+VERS-TLS{(version == "-tls1_2" ? "1.2" : "1.3")}", "127.0.0.1",
            ]);
        for (var i = 0; i < 3; i++)
        {
            await client.Input.WriteAsync($"line {i}\n");
            await client.WaitForLineAsync($"echo line {i}");
        }

        // End of input: gnutls-cli sends close_notify and goes on reading.
        client.Input.Close();
        await client.WaitForLineAsync("3 lines, goodbye");
        Assert.Equal(0, await client.WaitForExitAsync());
    }

    [Fact]
    [Trait("Catalogue", "D6")]
    public async Task OpenSsl_talks_to_a_tcp_service()
    {
        var sites = await shared.GetDeploymentAsync();
        await using var client = ChildProcess.Start(
            Tool.SkipUnless("openssl"),
            ["s_client", "-quiet", "-connect", $"127.0.0.1:{sites.Port}", "-servername", "tcp.example.test", "-CAfile", sites.CaFile]);
        await client.Input.WriteAsync("one\ntwo\n");
        await client.WaitForLineAsync("echo one");
        await client.WaitForLineAsync("echo two");
    }

    [Fact]
    [Trait("Catalogue", "D5")]
    public async Task A_folder_is_served_and_nothing_beside_it()
    {
        var sites = await shared.GetDeploymentAsync();
        const string host = "files.example.test";
        var page = await CurlClient.RunAsync(sites, host, "/index.html", ["-w", "%{http_code}"]);
        Assert.Equal($"a file's {Origin.Greeting}200", page.Succeeded().Output.TrimEnd());
        foreach (var path in new[] { "/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/nothing" })
        {
            var refused = await CurlClient.RunAsync(sites, host, path, ["--path-as-is", "-w", "\n%{http_code}"]);
            Assert.DoesNotContain("not to be served", refused.Output, StringComparison.Ordinal);
            Assert.Matches("\n40[04]\n$", refused.Output);
        }
    }

    [Fact]
    public async Task The_origin_learns_that_the_client_came_over_https()
    {
        var sites = await shared.GetDeploymentAsync();
        Assert.Equal("https", (await CurlClient.RunAsync(sites, "ecdsa.example.test", "/forwarded", [])).Succeeded().Output.TrimEnd());
    }
}
