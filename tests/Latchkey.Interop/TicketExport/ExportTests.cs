using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.TicketExport;

/// <summary><c>latchkey tickets export</c> without another server.</summary>
public sealed class ExportTests
{
    [Fact]
    [Trait("Catalogue", "T3")]
    public async Task Whoever_comes_once_gets_the_keys_there_are_on_standard_output()
    {
        await using var deployment = await ShortPeriods.StartAsync();

        var result = await ChildProcess.RunAsync(
            LatchkeyProgram.Path,
            ["tickets", "export", "--config", "edge.json", "--site", deployment.Sites[0].Host, "--format", "haproxy", "--to", "-", "--once"],
            folder: deployment.Files.Edge);

        var keys = result.Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Convert.FromBase64String).ToList();
        Assert.Equal([80, 80, 80], keys.Select(key => key.Length));
        Assert.Equal(3, keys.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    [Trait("Catalogue", "T3")]
    public async Task Whoever_may_not_have_the_keys_gets_none_and_ends_with_1()
    {
        await using var deployment = await ShortPeriods.StartAsync(ticketKeys: false);
        using var folder = new MemoryFolder();

        var result = await ChildProcess.RunAsync(
            LatchkeyProgram.Path,
            ["tickets", "export", "--config", "edge.json", "--site", deployment.Sites[0].Host, "--format", "haproxy", "--to", folder.File("keys"), "--once"],
            folder: deployment.Files.Edge);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("no fresh ticket key", result.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("keys")));
    }

    [Fact]
    [Trait("Catalogue", "T3")]
    public async Task A_server_whose_machine_may_not_have_the_keys_any_more_shares_nothing_from_then_on_and_shares_again_when_it_may()
    {
        // Nothing happens by time in this test, but at midnight before a Thursday (periods are counted from 1970).
        await using var deployment = await ShortPeriods.StartAsync(period: TimeSpan.FromDays(7));
        using var folder = new MemoryFolder();
        await using var export = ChildProcess.Start(
            LatchkeyProgram.Path,
            ["tickets", "export", "--config", "edge.json", "--site", deployment.Sites[0].Host, "--format", "haproxy", "--to", folder.File("keys"), "--run", "echo told"],
            folder: deployment.Files.Edge);
        await export.WaitForLineAsync("ready tickets ");
        var shared = Sealing(folder);

        ShortPeriods.Allow(deployment.Files, ticketKeys: false);
        deployment.KeyServer.Process.Send(Signal.HangUp);
        await export.WaitForLineAsync(" 5133 ");
        Assert.NotEqual(shared, Sealing(folder));

        ShortPeriods.Allow(deployment.Files, ticketKeys: true);
        deployment.KeyServer.Process.Send(Signal.HangUp);
        await export.WaitForLineAsync(" 5134 ");
        Assert.Equal(shared, Sealing(folder));

        var told = 0;
        await export.WaitForLineAsync(line => line == "told" && ++told == 3, "told, for the third time");
        export.Terminate();
        Assert.Equal(0, await export.WaitForExitAsync());
    }

    private static string Sealing(MemoryFolder folder) => File.ReadAllLines(folder.File("keys"))[1];
}
