using System.Text;
using System.Text.Json;

namespace Latchkey.KeyServer.Audit;

/// <summary>One record of an audit log, for reading. Not verified.</summary>
public sealed class AuditEntry
{
    private readonly Dictionary<string, string> _members;

    private AuditEntry(string text, Dictionary<string, string> members)
    {
        Text = text;
        _members = members;
    }

    /// <summary>The line.</summary>
    public string Text { get; }

    /// <summary>When; the beginning of time where the line does not say.</summary>
    public DateTimeOffset Time => DateTimeOffset.TryParse(this["time"], System.Globalization.CultureInfo.InvariantCulture, out var time) ? time : DateTimeOffset.MinValue;

    /// <summary>A member as text: <c>kind</c>, <c>edge</c>, <c>key</c>, <c>operation</c>, <c>name</c> …; empty: it has none of that name.</summary>
    public string this[string member] => _members.GetValueOrDefault(member, "");

    /// <summary>The records of a folder's log, or of one file, in their order; lines that are none are left out.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IEnumerable<AuditEntry> Read(string path)
    {
        foreach (var file in Directory.Exists(path) ? AuditFile.All(path) : [path])
        {
            using var lines = new AuditLines(file);
            while (Next(lines) is { } text)
                if (TryParse(text) is { } entry)
                    yield return entry;
        }
    }

    private static string? Next(AuditLines lines) => lines.TryRead(out var line) ? Encoding.UTF8.GetString(line) : null;

    private static AuditEntry? TryParse(string text)
    {
        try
        {
            using var record = JsonDocument.Parse(text);
            return record.RootElement.ValueKind == JsonValueKind.Object
                ? new AuditEntry(text, record.RootElement.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.ToString(), StringComparer.Ordinal))
                : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return null;
        }
    }
}
