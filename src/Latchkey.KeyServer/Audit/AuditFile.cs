using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Latchkey.KeyServer.Audit;

/// <summary>The file that is being written, and how the files of a log are named.</summary>
internal sealed class AuditFile : IDisposable
{
    private const string Prefix = "audit-";
    private const string Suffix = ".jsonl";
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private readonly SafeFileHandle _handle;

    private AuditFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
    }

    public string Path { get; }

    public long Length { get; private set; }

    /// <summary>Begins the file whose first record has that number.</summary>
    public static AuditFile Create(string folder, long number)
    {
        var path = System.IO.Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number:D16}{Suffix}"));
        return new AuditFile(path, OpenForWriting(path, FileMode.CreateNew));
    }

    /// <summary>The files of a log in their order.</summary>
    public static string[] All(string folder) => [.. Directory.EnumerateFiles(folder, Prefix + "*" + Suffix).Order(StringComparer.Ordinal)];

    /// <summary>Opens a file of the log's folder that only its key server and its group may read.</summary>
    public static SafeFileHandle OpenForWriting(string path, FileMode mode)
    {
        var handle = File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(handle, Mode);
        return handle;
    }

    /// <summary>Appends all of it or nothing.</summary>
    public void Append(ReadOnlySpan<byte> lines)
    {
        try
        {
            RandomAccess.Write(_handle, lines, Length);
            Length += lines.Length;
        }
        catch
        {
            RandomAccess.SetLength(_handle, Length); // a full disk takes a part
            throw;
        }
    }

    /// <summary>Waits until it is on the disk.</summary>
    public void Sync() => RandomAccess.FlushToDisk(_handle);

    public void Dispose() => _handle.Dispose();
}
