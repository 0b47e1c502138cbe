using Latchkey.Demo;
using Latchkey.Testing;
using Latchkey.Tests.Roles;

namespace Latchkey.Tests.Demo;

/// <summary>What <c>./demo.sh</c> shows, with the real processes.</summary>
public sealed class DemonstrationTests
{
    [Fact]
    [Trait("Catalogue", "X1")]
    public async Task Once_fetches_the_page_through_an_edge_without_a_key_and_draws_both_handshakes()
    {
        var result = (await ChildProcess.RunAsync(LatchkeyProgram.File, ["demo", "--once"], timeout: TimeSpan.FromSeconds(90))).Succeeded();

        Assert.Contains("No file there is a private key of a site.", result.Output, StringComparison.Ordinal);
        Assert.Contains("This page came through an edge that has no private key", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"GET https://latchkey\.localhost:\d+/ → 200, HTTP/2\.0, .* certificate verified", result.Output);
        Assert.Matches("TLS 1.3, TLS_AES_.*, signed EcdsaSecp256r1Sha256, custody signature, for latchkey.localhost", result.Output);
        Assert.Contains("├─ sign CertificateVerify ─", result.Output, StringComparison.Ordinal);
        Assert.Matches("TLS 1.2, TLS_ECDHE_RSA_.*, for rsa.localhost", result.Output);
        Assert.Contains("├─ sign ServerKeyExchange ─", result.Output, StringComparison.Ordinal);
        Assert.Equal(2, result.Output.Split("the key server was asked once").Length - 1);
        Assert.DoesNotContain("PRIVATE KEY OF", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("premaster")]
    [InlineData("exchange")]
    [InlineData("master-secret")]
    [InlineData("session-keys")]
    [InlineData("handshake")]
    [Trait("Catalogue", "K4")]
    public async Task Once_with_a_custody_it_draws_RSA_key_exchange_and_resumption_too(string custody)
    {
        var result = (await ChildProcess.RunAsync(LatchkeyProgram.File, ["demo", "--once", "--custody", custody], timeout: TimeSpan.FromSeconds(90))).Succeeded();

        Assert.Matches($"TLS 1.3, TLS_AES_.*, signed EcdsaSecp256r1Sha256, custody {custody}, for latchkey.localhost", result.Output);
        Assert.Matches($"TLS 1.2, TLS_RSA_.*, RSA key exchange, custody {custody}, for rsa.localhost", result.Output);
        Assert.Equal(5, result.Output.Split("\n  finished after ").Length - 1);
    }

    [Fact]
    public async Task Live_it_tells_what_to_try_shows_a_handshake_and_ends_with_its_processes()
    {
        await using var demo = LatchkeyProgram.Start("demo");
        await demo.WaitForLineAsync("What crosses, as it happens", TimeSpan.FromSeconds(90)); // four processes have started then
        var curl = demo.Lines.First(line => line.Contains("curl --cacert", StringComparison.Ordinal)).Trim().Split(' ');
        var page = (await ChildProcess.RunAsync("curl", ["-sS", .. curl[1..]])).Succeeded().Output;

        Assert.Contains("<title>This page came through an edge that has no private key</title>", page, StringComparison.Ordinal);
        Assert.Matches("sign CertificateVerify [0-9.]+ ms", await demo.WaitForLineAsync("key server: sign CertificateVerify"));

        var admin = demo.Lines.Select(line => line.Split("status at http://")).Last(parts => parts.Length == 2)[1].Split('/')[0];
        await using var trace = LatchkeyProgram.Start("trace", "--admin", admin, "--server-name", DemoFolder.EcdsaSite, "--count", "1");
        await trace.WaitForLineAsync("Watching the edge");
        (await ChildProcess.RunAsync("curl", ["-sS", .. curl[1..]])).Succeeded();
        Assert.Equal(0, await trace.WaitForExitAsync());
        Assert.Contains("├─ sign CertificateVerify ─", trace.Output, StringComparison.Ordinal);

        var processes = demo.Lines.Select(line => line.Split("  process ")).Where(parts => parts.Length == 2).Select(parts => parts[1].Split(' ')[0]).ToList();
        Assert.Equal(3, processes.Count);

        demo.Send(Signal.Interrupt);

        Assert.Equal(0, await demo.WaitForExitAsync());
        Assert.All(processes, id => Assert.False(Directory.Exists($"/proc/{id}"), id));
    }

    [Fact]
    public void A_key_that_does_not_belong_there_is_found()
    {
        using var folder = new TemporaryFolder();
        using var authority = new DemoAuthority("Latchkey test authority");
        authority.IssueEcdsa(folder.File("edge.pem"), folder.File("edge.key"), "edge.test");
        authority.IssueEcdsa(folder.File("site.pem"), folder.File("site.key"), "example.test");

        var lines = KeyProof.Examine(folder.Path, out var found);

        Assert.True(found);
        Assert.Contains(lines, line => line.StartsWith("site.key", StringComparison.Ordinal) && line.Contains("PRIVATE KEY OF", StringComparison.Ordinal));
        File.Delete(folder.File("site.key"));
        KeyProof.Examine(folder.Path, out found);
        Assert.False(found);
    }

    [Fact]
    public void The_pictures_are_PNG()
    {
        using var folder = new TemporaryFolder();
        DemoPictures.WriteTo(folder.Path);

        Assert.All(["night.png", "you.png", "outpost.png", "home.png"], name =>
        {
            var bytes = File.ReadAllBytes(folder.File(name));
            Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A], bytes[..8]);
            Assert.Equal("IEND"u8.ToArray(), bytes[^8..^4]);
        });
    }
}
