using System.Globalization;
using Latchkey.Testing;
using Latchkey.TicketExport;

namespace Latchkey.Tests.TicketExport;

[Trait("Catalogue", "T3")]
public sealed class TicketKeyTargetTests
{
    private static readonly TicketKeyFormat HAProxy = TicketKeyFormat.All.Single(one => one.Name == "haproxy");

    [Fact]
    public void A_place_on_persistent_storage_is_refused_unless_it_is_asked_for()
    {
        // Where the tests were built: no machine builds in memory that also runs these.
        var place = Path.Combine(AppContext.BaseDirectory, "ticket.keys");
        Assert.SkipWhen(new DriveInfo(AppContext.BaseDirectory).DriveFormat is "tmpfs" or "ramfs", "the tests lie in memory");

        var refused = Assert.Throws<IOException>(() => TicketKeyTarget.Open(place, HAProxy, allowDisk: false));

        Assert.Contains("expected tmpfs or ramfs", refused.Message, StringComparison.Ordinal);
        Assert.Contains("persistent storage", TicketKeyTarget.Open(place, HAProxy, allowDisk: true).Warning!, StringComparison.Ordinal);
        Assert.False(File.Exists(place));
    }

    [Fact]
    public void A_link_in_memory_to_a_folder_on_a_disk_is_refused_too()
    {
        Assert.SkipWhen(new DriveInfo(AppContext.BaseDirectory).DriveFormat is "tmpfs" or "ramfs", "the tests lie in memory");
        var link = Path.Combine("/dev/shm", $"latchkey-test-{Guid.NewGuid():N}");
        Directory.CreateSymbolicLink(link, AppContext.BaseDirectory);
        try
        {
            Assert.Throws<IOException>(() => TicketKeyTarget.Open(Path.Combine(link, "ticket.keys"), HAProxy, allowDisk: false));
        }
        finally
        {
            File.Delete(link);
        }
    }

    [Fact]
    public async Task A_pipe_gives_every_reader_one_set_of_keys_wherever_it_lies()
    {
        using var folder = new TemporaryFolder();
        var pipe = folder.File("keys.pipe");
        (await ChildProcess.RunAsync("mkfifo", [pipe])).Succeeded();
        using var export = new ExportHarness("haproxy");
        var sealing = export.Add(0);
        var set = new TicketKeySet([sealing, export.Add(1)], IsShared: true);
        var target = TicketKeyTarget.Open(pipe, HAProxy, allowDisk: false);

        for (var i = 0; i < 2; i++)
        {
            var writing = target.WriteAsync(set, TestContext.Current.CancellationToken);
            var lines = await File.ReadAllLinesAsync(pipe, TestContext.Current.CancellationToken);
            await writing;
            Assert.Equal(set.Keys.Select(export.Encode), lines.Select(Convert.FromBase64String));
        }
    }

    [Fact]
    public async Task A_pid_file_that_names_another_program_stops_nobody()
    {
        using var folder = new TemporaryFolder();
        await using var bystander = ChildProcess.Start("sleep", ["60"]);
        var file = folder.Write("nginx.pid", bystander.Id.ToString(CultureInfo.InvariantCulture) + "\n");

        var refused = await Assert.ThrowsAsync<IOException>(() => new NginxProcess(file).TellAsync(new TicketKeySet([], true), TestContext.Current.CancellationToken));

        Assert.Contains("is sleep, not nginx", refused.Message, StringComparison.Ordinal);
        Assert.False(bystander.HasExited);
    }

    [Fact]
    public async Task A_command_that_fails_is_told_of_by_its_exit_code()
    {
        var refused = await Assert.ThrowsAsync<IOException>(() => new ShellCommand("exit 7").TellAsync(new TicketKeySet([], true), TestContext.Current.CancellationToken));

        Assert.Equal("it ended with 7", refused.Message);
    }
}
