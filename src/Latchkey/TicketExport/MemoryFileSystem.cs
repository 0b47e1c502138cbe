using Latchkey.Crypto;

namespace Latchkey.TicketExport;

/// <summary>Whether what is written to a place stays in memory (catalogue T3).</summary>
internal static class MemoryFileSystem
{
    private static readonly string[] Kinds = ["tmpfs", "ramfs"];

    /// <exception cref="IOException">The folder is on persistent storage, or is not there.</exception>
    public static void Require(string folder, string given)
    {
        if (!Directory.Exists(folder))
            throw new IOException($"--to {given}: there is no folder {folder}");
        var kind = new DriveInfo(folder).DriveFormat;
        if (!Kinds.Contains(kind))
            throw new IOException($"--to {given}: {folder} is {kind}, where ticket keys would outlive their time (expected tmpfs or ramfs, as under /run or /dev/shm, a pipe, or -; --allow-disk overrides)");
    }

    /// <summary>What should be known of a folder in memory; null: nothing.</summary>
    public static string? WarningOf(string folder)
    {
        var kind = new DriveInfo(folder).DriveFormat;
        if (!Kinds.Contains(kind))
            return $"{folder} is {kind}: ticket keys are written to persistent storage, from which they can be taken long after their time";
        return kind == "tmpfs" && LockedMemory.Swaps is { Count: > 0 } swaps
            ? $"{folder} is tmpfs, and there is swap on {string.Join(", ", swaps)}: ticket keys may get there (expected ramfs, tmpfs mounted with noswap, or no swap)"
            : null;
    }

    /// <summary>Whether there is a pipe at the path, or another file that has no places to seek.</summary>
    public static bool IsPipe(string path)
    {
        if (!File.Exists(path))
            return false;
        // For reading and writing: so that opening a pipe nobody reads does not wait (fifo(7)).
        using var handle = new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, BufferSize = 0 });
        return !handle.CanSeek;
    }
}
