using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.TicketExport;

/// <summary><c>latchkey tickets export --once</c>.</summary>
public sealed class ExportOnceTests
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
}
