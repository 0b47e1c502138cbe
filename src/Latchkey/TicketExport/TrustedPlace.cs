namespace Latchkey.TicketExport;

/// <summary>
/// Keys go where nobody else on this machine has a hand in it: a folder, file, pipe or link that somebody else put there in time would give him the keys, have the server take his, or have the file
/// that his link leads to overwritten. Root and this program's own user are nobody else.
/// </summary>
internal static class TrustedPlace
{
    /// <summary>For a file or pipe, whether or not there is one.</summary>
    /// <exception cref="IOException">Somebody else could have put it there, or can.</exception>
    public static void RequireFile(string path)
    {
        RequireOwner(Path.GetDirectoryName(path)!);
        // Where everybody may make files and nobody may touch those of others, as in /dev/shm, the first one counts.
        if (IsWritableByAll(Path.GetDirectoryName(path)!, out var isSticky) && !isSticky)
            throw new IOException($"everybody may write to the folder of {path} (expected one of this program's user alone)");
        RequireOwner(path);
    }

    /// <summary>For a folder that is there.</summary>
    /// <exception cref="IOException">Somebody else can put files there.</exception>
    public static void RequireFolder(string folder)
    {
        RequireOwner(folder);
        if (IsWritableByAll(folder, out _))
            throw new IOException($"everybody may write to {folder} (expected a folder of this program's user alone)");
    }

    /// <summary>For a socket of somebody who may well be another user.</summary>
    /// <exception cref="IOException">Anybody could have put it there.</exception>
    public static void RequireSocket(string path)
    {
        if (IsWritableByAll(Path.GetDirectoryName(path)!, out _))
            RequireOwner(path);
    }

    // Of a link, and of what it leads to.
    private static void RequireOwner(string path)
    {
        foreach (var follow in (ReadOnlySpan<bool>)[false, true])
        {
            if (FileOwner.Of(path, follow) is { IsTrusted: false, User: var user })
                throw new IOException($"{path} belongs to user {user} (expected this program's user, or root)");
        }
    }

    private static bool IsWritableByAll(string folder, out bool isSticky)
    {
        isSticky = false;
        if (OperatingSystem.IsWindows() || !Directory.Exists(folder))
            return false;
        var mode = File.GetUnixFileMode(folder);
        isSticky = (mode & UnixFileMode.StickyBit) != 0;
        return (mode & UnixFileMode.OtherWrite) != 0;
    }
}
