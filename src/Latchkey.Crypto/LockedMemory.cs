using System.Runtime.InteropServices;

namespace Latchkey.Crypto;

/// <summary>
/// Keeps the memory of this process out of swap and core files, for processes that hold a key which must not outlive its time (catalogue S6, T3). The whole process,
/// because a key in use is not in one place: libcrypto computes with its primes in memory of its own.
/// </summary>
public static partial class LockedMemory
{
    private const int Current = 1;
    private const int Future = 2;
    private const int OnFault = 4; // locks a page once it is touched: the collector reserves far more than there is
    private const int GetDumpable = 3;
    private const int SetDumpable = 4;
    private const int CoreSize = 4; // RLIMIT_CORE

    private static readonly Lock Gate = new();
    private static bool _locked;

    /// <summary>Locks what is there and what will come. May be called again; cannot be undone.</summary>
    /// <exception cref="PlatformNotSupportedException">Not Linux, or not allowed; the message says what is needed.</exception>
    public static void Require()
    {
        lock (Gate)
        {
            if (!OperatingSystem.IsLinux())
                throw new PlatformNotSupportedException("memory can be locked on Linux only");
            if (TryLock() is { } reason)
                throw new PlatformNotSupportedException($"memory cannot be locked: {reason} (expected LimitMEMLOCK=infinity, or the capability CAP_IPC_LOCK)");
            ForbidCores();
        }
    }

    /// <summary>
    /// Does of it what is allowed, and looks for what may write memory to a disk all the same: swap, core files, the runtime's own dumps. May be called again; cannot be undone.
    /// </summary>
    /// <returns>What is not as it should be, each a sentence that says what is expected; none where no way to a disk was found.</returns>
    public static IReadOnlyList<string> Prefer()
    {
        if (!OperatingSystem.IsLinux())
            return ["Memory can be kept out of swap and core files on Linux only."];
        lock (Gate)
        {
            var warnings = new List<string>();
            if (TryLock() is { } reason && Swaps is { Count: > 0 } swaps)
                warnings.Add($"Memory is not locked ({reason}), and there is swap on {string.Join(", ", swaps)}: keys may get there (expected LimitMEMLOCK=infinity, the capability CAP_IPC_LOCK, MemorySwapMax=0, or no swap).");
            ForbidCores();
            if (ProcessControl(GetDumpable, 0, 0, 0, 0) != 0)
                warnings.Add($"Core files cannot be forbidden here (/proc/sys/kernel/core_pattern is \"{ReadLine("/proc/sys/kernel/core_pattern")}\"): one would have keys in it (expected LimitCORE=0, and prctl to be allowed).");
            if (Environment.GetEnvironmentVariable("DOTNET_DbgEnableMiniDump") is "1" or "true" || Environment.GetEnvironmentVariable("COMPlus_DbgEnableMiniDump") is "1" or "true")
                warnings.Add("DOTNET_DbgEnableMiniDump is on: the runtime writes a dump with keys in it when it crashes (expected it not to be set).");
            return warnings;
        }
    }

    /// <summary>Where this machine may swap this process to; none: memory stays in memory.</summary>
    public static IReadOnlyList<string> Swaps => IsSwapForbidden() ? [] : SwapFiles("/proc/swaps");

    /// <summary>The places of swap in a file such as <c>/proc/swaps</c>; memory that is compressed and stays memory (zram) does not count.</summary>
    internal static List<string> SwapFiles(string file)
    {
        try
        {
            return [.. File.ReadLines(file).Skip(1).Select(line => line.Split((char[])[' ', '\t'], 2)[0]).Where(place => place.Length > 0 && !place.StartsWith("/dev/zram", StringComparison.Ordinal))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [$"(unknown: {e.Message})"];
        }
    }

    // systemd's MemorySwapMax=0: this process' control group may not be swapped.
    private static bool IsSwapForbidden()
    {
        var group = ReadLine("/proc/self/cgroup");
        return group.StartsWith("0::/", StringComparison.Ordinal) && ReadLine($"/sys/fs/cgroup{group[3..].TrimEnd('/')}/memory.swap.max") == "0";
    }

    /// <returns>Why not; null: it is locked.</returns>
    private static string? TryLock()
    {
        if (!_locked && MLockAll(Current | Future | OnFault) != 0)
            return Marshal.GetLastPInvokeErrorMessage();
        _locked = true;
        return null;
    }

    // Not dumpable is enough for core files and for programs that core_pattern names; the limit is for whoever looks at limits.
    private static void ForbidCores()
    {
        _ = ProcessControl(SetDumpable, 0, 0, 0, 0);
        _ = SetLimit(CoreSize, default);
    }

    private static string ReadLine(string file)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault() ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }

    [LibraryImport("libc", EntryPoint = "mlockall", SetLastError = true)]
    private static partial int MLockAll(int flags);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int ProcessControl(int option, nuint first, nuint second, nuint third, nuint fourth);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in ResourceLimit limit);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct ResourceLimit
    {
        public readonly nuint Soft;
        public readonly nuint Hard;
    }
}
