using System.Buffers.Text;
using System.Security.Cryptography;

namespace Latchkey.KeyServer.Audit;

/// <summary>
/// One line of an audit log: a JSON object that begins with its number and ends with its hash, SHA-256 of the hash before it and of all bytes of the line before the
/// hash. The bytes count, not the values, so that verifying needs no opinion on JSON.
/// </summary>
internal readonly ref struct AuditLine
{
    /// <summary>Bytes of a hash.</summary>
    public const int HashSize = SHA256.HashSizeInBytes;

    private AuditLine(long number, ReadOnlySpan<byte> members, ReadOnlySpan<byte> covered, byte[] hash)
    {
        Number = number;
        Members = members;
        Covered = covered;
        Hash = hash;
    }

    /// <summary>From 1, without gaps, over all files.</summary>
    public long Number { get; }

    /// <summary>What stands between number and hash, as <c>"kind":"use",…</c>.</summary>
    public ReadOnlySpan<byte> Members { get; }

    /// <summary>What the hash covers beside the hash before it.</summary>
    public ReadOnlySpan<byte> Covered { get; }

    /// <summary>As the line says.</summary>
    public byte[] Hash { get; }

    private static ReadOnlySpan<byte> Begin => "{\"seq\":"u8;

    private static ReadOnlySpan<byte> BeforeHash => ",\"hash\":\""u8;

    private static ReadOnlySpan<byte> End => "\"}"u8;

    private static int SuffixSize => BeforeHash.Length + (2 * HashSize) + End.Length;

    /// <summary>Reads a line without its newline. False: it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out AuditLine read)
    {
        read = default;
        if (line.Length <= Begin.Length + SuffixSize || !line.StartsWith(Begin) || !line.EndsWith(End))
            return false;
        var covered = line[..^SuffixSize];
        var suffix = line[^SuffixSize..];
        var hash = new byte[HashSize];
        if (!suffix.StartsWith(BeforeHash)
            || Convert.FromHexString(suffix.Slice(BeforeHash.Length, 2 * HashSize), hash, out _, out _) != System.Buffers.OperationStatus.Done
            || !Utf8Parser.TryParse(covered[Begin.Length..], out long number, out var digits) || number < 1
            || covered.Length <= Begin.Length + digits || covered[Begin.Length + digits] != ',')
        {
            return false;
        }
        read = new AuditLine(number, covered[(Begin.Length + digits + 1)..], covered, hash);
        return true;
    }

    /// <summary>Writes a line with its newline.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="number">Its number.</param>
    /// <param name="members">What is recorded.</param>
    /// <param name="hash">The hash before it; then this line's.</param>
    public static void Write(AuditBuffer output, long number, ReadOnlySpan<byte> members, Span<byte> hash)
    {
        var start = output.Length;
        output.Add(Begin);
        output.Add(number);
        output.Add(","u8);
        output.Add(members);
        Chain(output.Written[start..], hash);
        output.Add(BeforeHash);
        output.AddHex(hash);
        output.Add(End);
        output.Add("\n"u8);
    }

    /// <summary>The hash of a line, from the hash before it.</summary>
    public static void Chain(ReadOnlySpan<byte> covered, Span<byte> hash)
    {
        using var chain = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        chain.AppendData(hash);
        chain.AppendData(covered);
        chain.GetHashAndReset(hash);
    }
}
