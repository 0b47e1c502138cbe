using System.Text;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Fleet;

/// <summary>Ticket keys are in the memory of the processes that use them and nowhere else: searched for by somebody who knows them.</summary>
[Trait("Catalogue", "T3")]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class KeysOnNoDiskTests
{
    [Fact]
    public async Task No_file_and_no_log_of_any_process_has_a_byte_of_a_key()
    {
        await using var fleet = await TicketFleet.StartAsync(new TicketFleetPlan { Edges = [(TimeSpan.Zero, "ab")] });
        await fleet.ShareKeysAsync();
        var (roots, keys) = await LearnAsync(fleet);
        await MakeThemTalkAsync(fleet);

        // The search finds them where they are.
        Assert.SkipUnless(System.Environment.IsPrivilegedProcess, "only root may read the memory of processes that are not dumpable");
        AssertHolds(fleet.A, roots[0]);
        AssertHolds(fleet.B, roots[0]);
        AssertHolds(fleet.Edges[0], keys[0]);

        var secrets = Forms([.. roots, .. keys]);
        foreach (var role in fleet.All)
            AssertNowhere(secrets, string.Join('\n', role.Process.Lines), $"what {role.Name} wrote");
        var files = fleet.All.SelectMany(role => ProcessFiles.Of(role.Process.Id))
            .Concat(Directory.EnumerateFiles(fleet.Files.Deployment.Folder, "*", SearchOption.AllDirectories)).ToHashSet();
        Assert.True(files.Count > 50, "too few files: " + string.Join(", ", files));
        foreach (var file in files)
            AssertNowhere(secrets, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), file);
    }

    [Fact]
    public async Task A_crash_leaves_no_core_file_and_says_nothing_of_a_key_though_cores_are_allowed()
    {
        await using var fleet = await TicketFleet.StartAsync(new TicketFleetPlan { Edges = [(TimeSpan.Zero, "ab")], AllowsCores = true });
        await CoreIsWrittenAsync(fleet.Files.Deployment.Folder);
        await fleet.ShareKeysAsync();
        var (roots, keys) = await LearnAsync(fleet);
        var secrets = Forms([.. roots, .. keys]);
        var before = FilesOf(fleet);

        foreach (var role in fleet.All)
        {
            // The runtime's handler only takes itself away at the first signal that it did not raise itself.
            while (!role.Process.HasExited)
            {
                role.Process.Send(Signal.Abort);
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }

            Assert.Equal(128 + (int)Signal.Abort, await role.Process.WaitForExitAsync());
            AssertNowhere(secrets, string.Join('\n', role.Process.Lines), $"what {role.Name} wrote at its end");
        }

        Assert.Empty(FilesOf(fleet).Except(before));
    }

    [Fact]
    public async Task A_key_whose_time_is_over_is_in_no_process_any_more()
    {
        Assert.SkipUnless(System.Environment.IsPrivilegedProcess, "only root may read the memory of processes that are not dumpable");
        await using var fleet = await TicketFleet.StartAsync(new TicketFleetPlan { Period = 2, Lead = 2, Open = 2, Edges = [(TimeSpan.Zero, "ab")] });
        await fleet.ShareKeysAsync();
        var (roots, keys) = await LearnAsync(fleet);
        AssertHolds(fleet.Edges[0], keys[0]);
        AssertHolds(fleet.A, roots[0]);

        foreach (var role in fleet.All)
        {
            // To the end of the youngest key, and the time for which handshakes may still use it.
            using var patience = new CancellationTokenSource(2 * ChildProcess.Patience);
            HashSet<byte[]> left;
            while ((left = ProcessMemory.Find(role.Process.Id, [.. roots, .. keys])).Count > 0)
            {
                Assert.False(patience.IsCancellationRequested, $"{role.Name} {role.Endpoint} still has {roots.Count(left.Contains)} of {roots.Count} roots and {keys.Count(left.Contains)} of {keys.Count} of the site's keys");
                await Task.Delay(500, TestContext.Current.CancellationToken);
            }
        }
    }

    /// <summary>All keys that the fleet has at the moment: roots, and the site's.</summary>
    private static async Task<(List<byte[]> Roots, List<byte[]> Keys)> LearnAsync(TicketFleet fleet)
    {
        var roots = await KnownTicketKeys.RootsAsync(fleet, fleet.A);
        var keys = await KnownTicketKeys.OfSiteAsync(fleet, fleet.A);
        return ([.. roots.Select(key => key.Secret)], [.. keys.Select(key => key.Secret)]);
    }

    /// <summary>Everything that answers with something about keys, and a reload.</summary>
    private static async Task MakeThemTalkAsync(TicketFleet fleet)
    {
        foreach (var role in fleet.All)
        {
            foreach (var path in (string[])["/status", "/metrics", "/readyz"])
                await role.AdminAsync(path);
            role.Process.Send(Signal.HangUp);
            await role.Process.WaitForLineAsync("has reloaded");
        }
    }

    /// <summary>The test is skipped where a crash leaves no core in the crashed program's folder anyway.</summary>
    private static async Task CoreIsWrittenAsync(string folder)
    {
        var control = Directory.CreateDirectory(Path.Combine(folder, "control")).FullName;
        await using var crash = ChildProcess.Start(Tool.SkipUnless("prlimit"), ["--core=unlimited", "sleep", "60"], control);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        crash.Send(Signal.Abort);
        await crash.WaitForExitAsync();
        Assert.SkipWhen(Directory.GetFiles(control).Length == 0, "no core files here: see /proc/sys/kernel/core_pattern");
    }

    private static HashSet<string> FilesOf(TicketFleet fleet) =>
        [.. Directory.EnumerateFiles(fleet.Files.Deployment.Folder, "*", SearchOption.AllDirectories), .. Directory.EnumerateFiles(Path.GetTempPath(), "coredump*")];

    private static void AssertHolds(Role role, byte[] secret) =>
        Assert.True(ProcessMemory.Contains(role.Process.Id, secret), $"{role.Name} {role.Endpoint} has not got the key that it uses: the search is wrong");

    private static void AssertNowhere(IReadOnlyList<byte[]> secrets, string text, string where) => AssertNowhere(secrets, Encoding.UTF8.GetBytes(text), where);

    private static void AssertNowhere(IReadOnlyList<byte[]> secrets, ReadOnlySpan<byte> bytes, string where)
    {
        foreach (var secret in secrets)
            Assert.True(bytes.IndexOf(secret) < 0, $"a ticket key is in {where}");
    }

    /// <summary>As bytes and as they would be written: the half of each that is enough to be none by chance.</summary>
    private static List<byte[]> Forms(IReadOnlyList<byte[]> secrets) =>
    [
        .. secrets.SelectMany(secret => (byte[][])
        [
            secret[..16], secret[16..],
            Encoding.ASCII.GetBytes(Convert.ToHexString(secret, 0, 16)), Encoding.ASCII.GetBytes(Convert.ToHexStringLower(secret, 0, 16)),
            Encoding.ASCII.GetBytes(Convert.ToBase64String(secret)[..20]),
        ]),
    ];
}
