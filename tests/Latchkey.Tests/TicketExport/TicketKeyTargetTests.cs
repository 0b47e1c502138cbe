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

    /// <summary>Somebody on this machine knows where keys will be written, and was there first. Root, which may do anything, must not do it for him.</summary>
    [Theory]
    [InlineData("folder")]
    [InlineData("file")]
    [InlineData("pipe")]
    [InlineData("link")]
    public async Task What_somebody_else_has_put_there_is_refused(string what)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can give files away");
        using var folder = new TemporaryFolder();
        var victim = folder.Write("victim", "precious");
        var place = folder.File("place");
        var command = what switch
        {
            "folder" => $"mkdir {place} && chown 65534 {place}",
            "file" => $"touch {place} && chown 65534 {place}",
            "pipe" => $"mkfifo {place} && chown 65534 {place}",
            _ => $"ln -s {victim} {place} && chown -h 65534 {place}",
        };
        (await ChildProcess.RunAsync("sh", ["-c", command])).Succeeded();
        var format = what == "folder" ? TicketKeyFormat.All.Single(one => one.Name == "nginx") : HAProxy;

        var refused = Assert.Throws<IOException>(() => TicketKeyTarget.Open(place, format, allowDisk: true));

        Assert.Contains("belongs to user 65534", refused.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(victim, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Nor_is_it_written_to_when_it_comes_later()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can give files away");
        using var export = new ExportHarness("haproxy");
        export.Add(0);
        var victim = Path.Combine(export.Folder, "victim");
        await File.WriteAllTextAsync(victim, "precious", TestContext.Current.CancellationToken);
        (await ChildProcess.RunAsync("sh", ["-c", $"ln -s {victim} {export.Place} && chown -h 65534 {export.Place}"])).Succeeded();

        await export.StepAsync();

        Assert.Equal("precious", await File.ReadAllTextAsync(victim, TestContext.Current.CancellationToken));
        Assert.Contains(export.Log.Alarms, line => line.Text.Contains("belongs to user 65534", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_link_is_replaced_and_what_it_leads_to_is_left_alone()
    {
        using var export = new ExportHarness("haproxy");
        var sealing = export.Add(0);
        var victim = Path.Combine(export.Folder, "victim");
        await File.WriteAllTextAsync(victim, "precious", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(export.Place, victim);

        await export.StepAsync();

        Assert.Equal("precious", await File.ReadAllTextAsync(victim, TestContext.Current.CancellationToken));
        Assert.Contains(export.Written(), key => key.SequenceEqual(export.Encode(sealing)));
    }

    [Fact]
    public async Task A_folder_where_everybody_may_write_is_refused()
    {
        using var folder = new TemporaryFolder();
        var place = Directory.CreateDirectory(folder.File("place")).FullName;
        (await ChildProcess.RunAsync("chmod", ["777", place])).Succeeded();

        Assert.Contains("everybody may write", Assert.Throws<IOException>(() => TicketKeyTarget.Open(Path.Combine(place, "ticket.keys"), HAProxy, allowDisk: false)).Message, StringComparison.Ordinal);
        Assert.Contains("everybody may write", Assert.Throws<IOException>(() => TicketKeyTarget.Open(place, TicketKeyFormat.All[0], allowDisk: false)).Message, StringComparison.Ordinal);
    }

    /// <summary>In /tmp anybody can be the first to listen there.</summary>
    [Fact]
    public async Task Keys_do_not_go_to_a_socket_that_anybody_may_have_made()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can give files away");
        using var folder = new TemporaryFolder();
        var place = Directory.CreateDirectory(folder.File("open")).FullName;
        var socket = Path.Combine(place, "haproxy.sock");
        using var impostor = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        impostor.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(socket));
        impostor.Listen();
        (await ChildProcess.RunAsync("sh", ["-c", $"chmod 1777 {place} && chown 65534 {socket}"])).Succeeded();
        using var export = new ExportHarness("haproxy");

        var refused = await Assert.ThrowsAsync<IOException>(() => new HAProxySocket(socket, "keys", HAProxy).TellAsync(new TicketKeySet([export.Add(0)], true), TestContext.Current.CancellationToken));

        Assert.Contains("belongs to user 65534", refused.Message, StringComparison.Ordinal);
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
