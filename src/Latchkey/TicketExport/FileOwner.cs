using System.Runtime.InteropServices;

namespace Latchkey.TicketExport;

/// <summary>Whose a file is, which the base library does not tell. Linux.</summary>
/// <param name="User">Its owner's number.</param>
internal readonly partial record struct FileOwner(uint User)
{
    // statx(2), whose structure is the same on every processor.
    private const int CurrentFolder = -100;
    private const int DoNotFollow = 0x100;
    private const uint UserWanted = 0x8;
    private const int UserAt = 20;
    private const int StatusSize = 256;

    /// <summary>Whether nobody else but root put it there.</summary>
    public bool IsTrusted => User == 0 || User == EffectiveUser();

    /// <summary>null: there is nothing at the path, or it cannot be told.</summary>
    /// <param name="follow">Of a link, what it leads to.</param>
    public static FileOwner? Of(string path, bool follow)
    {
        var status = new byte[StatusSize];
        if (!OperatingSystem.IsLinux() || Status(CurrentFolder, path, follow ? 0 : DoNotFollow, UserWanted, ref status[0]) != 0)
            return null;
        return new FileOwner(BitConverter.ToUInt32(status, UserAt));
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(int folder, string path, int flags, uint mask, ref byte status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
