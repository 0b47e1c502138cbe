namespace Latchkey.Crypto.Tests;

/// <summary>What a process with ticket keys does against swap and core files, and what it says where it may not.</summary>
[Trait("Catalogue", "T3")]
public sealed class LockedMemoryTests : IDisposable
{
    private readonly string _swaps = Path.GetTempFileName();

    public void Dispose() => File.Delete(_swaps);

    [Fact]
    public void No_core_file_is_written_of_this_process()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux only");

        var warnings = LockedMemory.Prefer();

        Assert.Matches(@"Max core file size\s+0\s+0", File.ReadAllText("/proc/self/limits"));
        Assert.DoesNotContain(warnings, warning => warning.Contains("Core files", StringComparison.Ordinal));
        var locked = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmLck:", StringComparison.Ordinal)) != "VmLck:\t       0 kB";
        var hasSwap = LockedMemory.Swaps.Count > 0;
        Assert.Equal(hasSwap && !locked, warnings.Any(warning => warning.Contains("LimitMEMLOCK", StringComparison.Ordinal)));
        Assert.Equal(warnings, LockedMemory.Prefer());
    }

    [Fact]
    public void Swap_on_a_disk_counts_and_compressed_memory_does_not()
    {
        File.WriteAllText(_swaps, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
        Assert.Empty(LockedMemory.SwapFiles(_swaps));
        File.AppendAllText(_swaps, "/dev/zram0                              partition\t8388604\t\t0\t\t100\n/swap.img                               file\t\t4194300\t\t0\t\t-2\n");
        Assert.Equal(["/swap.img"], LockedMemory.SwapFiles(_swaps));
    }

    [Fact]
    public void What_cannot_be_looked_at_is_not_taken_for_no_swap() =>
        Assert.Single(LockedMemory.SwapFiles("/proc/there is no such file"));
}
