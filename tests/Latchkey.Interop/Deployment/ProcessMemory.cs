using System.Globalization;

namespace Latchkey.Interop.Deployment;

/// <summary>Looks for bytes in the writable memory of a process (Linux, same user or root).</summary>
internal static class ProcessMemory
{
    private const int PieceSize = 1 << 20;

    public static bool Contains(int process, byte[] wanted) => Find(process, [wanted]).Count > 0;

    /// <summary>Those of several that are there.</summary>
    public static HashSet<byte[]> Find(int process, IReadOnlyCollection<byte[]> wanted)
    {
        var found = new HashSet<byte[]>();
        using var memory = File.OpenHandle($"/proc/{process}/mem");
        var piece = new byte[PieceSize + wanted.Max(one => one.Length) - 1];
        foreach (var (start, end) in WritableRegions(process))
        {
            for (var position = start; position < end; position += PieceSize)
            {
                var count = Read(memory, piece.AsSpan(0, (int)Math.Min(piece.Length, end - position)), position);
                foreach (var one in wanted)
                {
                    if (piece.AsSpan(0, count).IndexOf(one) >= 0)
                        found.Add(one);
                }
            }
        }

        return found;
    }

    private static int Read(Microsoft.Win32.SafeHandles.SafeFileHandle memory, Span<byte> into, long position)
    {
        try
        {
            return RandomAccess.Read(memory, into, position);
        }
        catch (IOException)
        {
            return 0; // Mapped but not readable: guard pages and the like.
        }
    }

    private static IEnumerable<(long Start, long End)> WritableRegions(int process)
    {
        foreach (var line in File.ReadLines($"/proc/{process}/maps"))
        {
            var fields = line.Split(' ', 3);
            var dash = fields[0].IndexOf('-', StringComparison.Ordinal);
            if (fields[1].StartsWith("rw", StringComparison.Ordinal)
                && long.TryParse(fields[0].AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var start)
                && long.TryParse(fields[0].AsSpan(dash + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var end))
            {
                yield return (start, end);
            }
        }
    }
}
