using System.Globalization;
using Latchkey.KeyServer.Audit;

namespace Latchkey.Auditing;

/// <summary>Which records <c>latchkey audit show</c> lists; null: no matter which.</summary>
internal sealed record AuditFilter(string? Edge, string? Key, string? Name, string? Operation, string? Outcome, DateTimeOffset? Since)
{
    /// <summary>Whether the record is one of these.</summary>
    public bool Matches(AuditEntry entry) =>
        IsOf(Edge, entry["edge"])
        && IsOf(Name, entry["name"])
        && IsOf(Operation, entry["operation"])
        && IsOf(Outcome, entry["outcome"])
        && (Key is null || entry["key"].StartsWith(Key, StringComparison.OrdinalIgnoreCase))
        && (Since is null || entry.Time >= Since);

    /// <summary>A point in time, or how long ago: <c>90s</c>, <c>15m</c>, <c>12h</c>, <c>7d</c>; null: neither.</summary>
    public static DateTimeOffset? TryReadTime(string text, DateTimeOffset now)
    {
        if (text.Length > 1 && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) && count < 1e6)
        {
            switch (text[^1])
            {
                case 's':
                    return now.AddSeconds(-count);
                case 'm':
                    return now.AddMinutes(-count);
                case 'h':
                    return now.AddHours(-count);
                case 'd':
                    return now.AddDays(-Math.Min(count, 100_000));
            }
        }
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
    }

    private static bool IsOf(string? wanted, string value) => wanted is null || wanted.Equals(value, StringComparison.OrdinalIgnoreCase);
}
