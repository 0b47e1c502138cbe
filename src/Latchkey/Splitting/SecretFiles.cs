using System.Security.Cryptography;

namespace Latchkey.Splitting;

/// <summary>Files with secrets: read without a growing buffer, written for their owner's eyes, overwritten before they go.</summary>
internal static class SecretFiles
{
    private const int LargestFile = 1024 * 1024;

    /// <summary>The whole file; the caller zeroes it.</summary>
    /// <exception cref="IOException">Not there, not readable, too large.</exception>
    public static byte[] Read(string file)
    {
        using var handle = File.OpenHandle(file);
        var length = RandomAccess.GetLength(handle);
        if (length > LargestFile)
            throw new IOException($"{file}: {length} bytes are too many for a key (expected at most {LargestFile})");
        var bytes = new byte[length];
        return RandomAccess.Read(handle, bytes, 0) == length ? bytes : throw new IOException($"{file}: it changed while it was read");
    }

    /// <summary>Writes a new file that its owner alone may read, through to the disk.</summary>
    /// <exception cref="IOException">There is such a file already, or it cannot be written.</exception>
    public static void Write(string file, ReadOnlySpan<byte> content)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = new FileStream(file, options);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Overwrites the content with random bytes, through to the disk, and removes the file. Copies that a file system, a disk or a backup made stay.</summary>
    public static void Destroy(string file)
    {
        using (var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, BufferSize = 0 }))
        {
            stream.Write(RandomNumberGenerator.GetBytes(checked((int)stream.Length)));
            stream.Flush(flushToDisk: true);
        }
        File.Delete(file);
    }
}
