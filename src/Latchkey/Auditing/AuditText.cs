using System.Globalization;
using System.Text;
using Latchkey.KeyServer.Audit;

namespace Latchkey.Auditing;

/// <summary>A record as a line to read.</summary>
internal static class AuditText
{
    private static readonly string[] Shown = ["edge", "operation", "name", "key", "digest", "count", "reason", "unrecorded", "refused", "since", "torn"];

    /// <summary>Number, time, kind or outcome, then what there is.</summary>
    public static string Of(AuditEntry entry)
    {
        var kind = entry["kind"] == "use" ? entry["outcome"] : entry["outcome"].Length > 0 ? $"{entry["kind"]}: {entry["outcome"]}" : entry["kind"];
        var line = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{entry["seq"],8}  {entry.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}  {kind,-8}");
        foreach (var member in Shown)
            if (entry[member] is { Length: > 0 } value)
                line.Append(CultureInfo.InvariantCulture, $"  {member}={Printable(value)}");
        return line.Append(entry["repeated"].Length > 0 ? "  repeated" : "").ToString();
    }

    // Names come from clients: what would move a terminal's cursor is not printed as it is, and what would look like a member of its own is quoted.
    private static string Printable(string text)
    {
        var printable = string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter));
        return printable.AsSpan().IndexOfAny(" \"=") < 0 ? printable : $"\"{printable.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }
}
