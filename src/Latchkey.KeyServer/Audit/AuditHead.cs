using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Latchkey.KeyServer.Audit;

/// <summary>
/// Number and hash of the last record, in a small file of their own that is overwritten with every append: where the log itself is shorter, its end has been cut off. Shown
/// as <c>123:hash</c>, it is also what an owner writes down elsewhere, to hold against the log later.
/// </summary>
/// <param name="Number">0: there is none yet.</param>
/// <param name="Hash">32 bytes.</param>
internal sealed record AuditHead(long Number, byte[] Hash)
{
    private const string FileName = "audit.head";

    /// <summary>Of an empty log.</summary>
    public static AuditHead Start { get; } = new(0, new byte[AuditLine.HashSize]);

    /// <summary>The head that the folder's file tells; null: there is none, or it says nothing.</summary>
    public static AuditHead? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? TryParse(File.ReadAllText(path)) : null;
    }

    /// <summary>Opens the folder's file to write heads to.</summary>
    public static SafeFileHandle Open(string folder) => AuditFile.OpenForWriting(Path.Combine(folder, FileName), FileMode.OpenOrCreate);

    /// <summary>Overwrites the file; always of one length.</summary>
    public static void Write(SafeFileHandle file, long number, ReadOnlySpan<byte> hash)
    {
        Span<byte> text = stackalloc byte[20 + 1 + (2 * AuditLine.HashSize) + 1];
        number.TryFormat(text, out _, "D20", CultureInfo.InvariantCulture);
        text[20] = (byte)':';
        Convert.TryToHexStringLower(hash, text[21..], out _);
        text[^1] = (byte)'\n';
        RandomAccess.Write(file, text, 0);
    }

    /// <summary>Reads <c>123:hash</c>; null: it is none.</summary>
    public static AuditHead? TryParse(string text)
    {
        var parts = text.Trim().Split(':');
        if (parts.Length != 2 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || parts[1].Length != 2 * AuditLine.HashSize)
            return null;
        var hash = new byte[AuditLine.HashSize];
        return Convert.FromHexString(parts[1], hash, out _, out _) == System.Buffers.OperationStatus.Done ? new AuditHead(number, hash) : null;
    }

    public override string ToString() => new StringBuilder().Append(CultureInfo.InvariantCulture, $"{Number}:").Append(Convert.ToHexStringLower(Hash)).ToString();
}
