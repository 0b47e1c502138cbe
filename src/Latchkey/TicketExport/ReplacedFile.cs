using System.Security.Cryptography;

namespace Latchkey.TicketExport;

/// <summary>Files with secrets that are replaced as a whole, and whose old content does not stay behind.</summary>
internal static class ReplacedFile
{
    /// <summary>Puts a file of the owner's alone in the place of the one that is there, in one step: who reads gets the old or the new one. The old one's content is overwritten.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var fresh = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}");
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var stream = new FileStream(fresh, options))
                stream.Write(content);
            // A link is replaced itself; what it leads to is none of ours.
            using var old = File.Exists(path) && new FileInfo(path).LinkTarget is null ? OpenForWriting(path) : null;
            File.Move(fresh, path, overwrite: true);
            if (old is not null)
                Overwrite(old);
        }
        catch
        {
            File.Delete(fresh);
            throw;
        }
    }

    /// <summary>Overwrites and removes.</summary>
    public static void Remove(string path)
    {
        using var old = OpenForWriting(path);
        File.Delete(path);
        Overwrite(old);
    }

    private static FileStream OpenForWriting(string path) => new(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 });

    // Not with zeros: a server that has the file open at this moment would take a key that everybody knows.
    private static void Overwrite(FileStream stream) => stream.Write(RandomNumberGenerator.GetBytes(checked((int)stream.Length)));
}
