using Latchkey.Crypto;

namespace Latchkey.KeyStores.Files;

/// <summary>Reads files with secrets in one piece, so that no copies of them stay behind.</summary>
public static class SmallFile
{
    private const long Largest = 1024 * 1024;

    /// <summary>The whole file, at least one byte; the caller disposes it.</summary>
    /// <param name="expected">For the error.</param>
    /// <exception cref="KeyStoreException">There is none, it is empty or too large, or cannot be read.</exception>
    public static SecretBytes Read(string file, string expected)
    {
        try
        {
            using var handle = File.OpenHandle(file);
            var length = RandomAccess.GetLength(handle);
            if (length is 0 or > Largest)
                throw new KeyStoreException($"{file}: it has {length} bytes (expected {expected})");
            var bytes = new SecretBytes((int)length);
            if (RandomAccess.Read(handle, bytes.Span, 0) == length)
                return bytes;
            bytes.Dispose();
            throw new KeyStoreException($"{file}: it changed while it was read");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyStoreException($"{file}: cannot be read: {e.Message.TrimEnd('.')} (expected {expected})", e);
        }
    }

    /// <summary>Writes a new file that its owner alone may read, through to the disk.</summary>
    /// <exception cref="KeyStoreException">There is such a file already, or it cannot be written.</exception>
    public static void WriteNew(string file, ReadOnlySpan<byte> content)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using var stream = new FileStream(file, options);
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyStoreException($"{file}: cannot be written: {e.Message.TrimEnd('.')} (expected a new file)", e);
        }
    }

    /// <summary>Its first line without the line's end: a PIN or a passphrase in UTF-8. The caller disposes it.</summary>
    /// <param name="expected">For the error.</param>
    /// <exception cref="KeyStoreException">There is none, the line is empty, or the file cannot be read.</exception>
    public static SecretBytes FirstLine(string file, string expected)
    {
        using var bytes = Read(file, expected);
        var end = bytes.Span.IndexOfAny((byte)'\r', (byte)'\n');
        return end == 0
            ? throw new KeyStoreException($"{file}: its first line is empty (expected {expected})")
            : SecretBytes.CopyOf(end < 0 ? bytes.Span : bytes.Span[..end]);
    }
}
