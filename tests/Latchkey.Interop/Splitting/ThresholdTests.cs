using Latchkey.Interop.Deployment;

namespace Latchkey.Interop.Splitting;

/// <summary>A page served with a key that nobody has: threshold RSA over three key servers, with OpenSSL as the client.</summary>
[Trait("Catalogue", "X5")]
public sealed class ThresholdTests
{
    [Fact]
    public async Task A_page_is_served_by_any_two_of_three_key_servers_and_by_no_single_one()
    {
        await using var sites = await ThresholdSites.StartAsync();
        await ServedAsync(sites, "-tls1_3");
        await ServedAsync(sites, "-tls1_2");

        sites.KeyServers[0].Process.Kill();
        for (var i = 0; i < 4; i++)
            await ServedAsync(sites, i % 2 == 0 ? "-tls1_3" : "-tls1_2");

        sites.KeyServers[1].Process.Kill();
        Assert.DoesNotContain(Origin.Greeting, (await sites.VisitAsync("-tls1_3")).Output, StringComparison.Ordinal);

        await sites.KeyServers[1].RestartAsync();
        var since = System.Diagnostics.Stopwatch.StartNew();
        while (!(await sites.VisitAsync("-tls1_3")).Output.Contains(Origin.Greeting, StringComparison.Ordinal))
            Assert.True(since.Elapsed < Latchkey.Testing.ChildProcess.Patience, "it is not served again");
    }

    [Fact]
    [Trait("Attack", "17")]
    public async Task A_wrong_share_is_named_and_the_page_served_without_it()
    {
        await using var sites = await ThresholdSites.StartAsync(thirdIsWrong: true);
        for (var i = 0; i < 6; i++)
            await ServedAsync(sites, i % 2 == 0 ? "-tls1_3" : "-tls1_2");

        await sites.Deployment.Edge.Process.WaitForLineAsync("is to blame");
        var named = sites.Deployment.Edge.Process.Lines.Where(line => line.Contains("is to blame", StringComparison.Ordinal));
        Assert.All(named, line => Assert.Contains("key server \"third\" is to blame: its partial signature with share 3 is wrong", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_server_does_not_start_with_a_damaged_share_and_names_it()
    {
        await using var sites = await ThresholdSites.StartAsync();
        var folder = Path.Combine(sites.Deployment.Files.Folder, "third");
        var share = Path.Combine(folder, "keys", "shared.share");
        var text = (await File.ReadAllTextAsync(share, TestContext.Current.CancellationToken)).ToCharArray();
        text[^60] = text[^60] == 'A' ? 'B' : 'A';
        await File.WriteAllTextAsync(share, new string(text), TestContext.Current.CancellationToken);

        var check = await LatchkeyProgram.RunAsync("check", Path.Combine(folder, "keyserver.json"));

        Assert.Equal(2, check.ExitCode);
        Assert.Contains($"{share}: share 3 of threshold key", check.All, StringComparison.Ordinal);
    }

    private static async Task ServedAsync(ThresholdSites sites, string version) =>
        Assert.Contains(Origin.Greeting, (await sites.VisitAsync(version)).Succeeded().Output, StringComparison.Ordinal);
}
