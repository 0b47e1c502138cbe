using System.Globalization;

namespace Latchkey.Metrics;

/// <summary>Writes tags as the text format's labels, which is also the key a series is found by.</summary>
internal static class LabelText
{
    /// <summary>Into the buffer where it fits, so that a known series is found without allocating.</summary>
    public static ReadOnlySpan<char> Write(ReadOnlySpan<KeyValuePair<string, object?>> tags, Span<char> buffer)
    {
        var length = 0;
        foreach (var (name, value) in tags)
        {
            var separator = length == 0 ? "" : ",";
            if (!TryAppend(buffer, ref length, separator) || !TryAppendName(buffer, ref length, name) || !TryAppend(buffer, ref length, "=\"")
                || !TryAppendValue(buffer, ref length, value) || !TryAppend(buffer, ref length, "\""))
                return WriteLong(tags);
        }
        return buffer[..length];
    }

    /// <summary>Backslash, quote and line feed are escaped; other control characters become spaces.</summary>
    public static string Escape(string value)
    {
        var text = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;
    }

    /// <summary>Dots and everything else that a label's name may not hold become underscores.</summary>
    public static string Name(string name)
    {
        var text = string.Concat(name.Select(c => Allowed(c) ? c : '_'));
        return text.Length == 0 || char.IsAsciiDigit(text[0]) ? "_" + text : text;
    }

    private static string WriteLong(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var parts = new List<string>();
        foreach (var (name, value) in tags)
            parts.Add($"{Name(name)}=\"{Escape(Text(value))}\"");
        return string.Join(',', parts);
    }

    private static bool TryAppendName(Span<char> buffer, ref int length, string name)
    {
        var begin = length;
        if (name.Length == 0 || char.IsAsciiDigit(name[0]) || !TryAppend(buffer, ref length, name))
            return false;
        foreach (ref var c in buffer[begin..length])
        {
            if (!Allowed(c))
                c = '_';
        }
        return true;
    }

    private static bool TryAppendValue(Span<char> buffer, ref int length, object? value)
    {
        var text = Text(value);
        foreach (var c in text)
        {
            if (c is '\\' or '"' || char.IsControl(c))
                return TryAppend(buffer, ref length, Escape(text));
        }
        return TryAppend(buffer, ref length, text);
    }

    private static bool TryAppend(Span<char> buffer, ref int length, string text)
    {
        if (!text.TryCopyTo(buffer[length..]))
            return false;
        length += text.Length;
        return true;
    }

    private static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static bool Allowed(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
}
