using System.Globalization;
using System.Text;

namespace Latchkey.Tests.Metrics;

/// <summary>A strict reader of Prometheus' text format 0.0.4: what it does not understand is an error.</summary>
internal sealed class ExpositionText
{
    private readonly Dictionary<string, string> _types = [];
    private readonly Dictionary<string, double> _samples = [];

    /// <summary>By name of the family: counter, gauge, histogram.</summary>
    public IReadOnlyDictionary<string, string> Types => _types;

    /// <summary>By name with sorted, unescaped labels: <c>a_total{x=y,z=1}</c>.</summary>
    public IReadOnlyDictionary<string, double> Samples => _samples;

    public static ExpositionText Parse(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var parsed = new ExpositionText();
        foreach (var line in text[..^1].Split('\n'))
            parsed.Add(line);
        return parsed;
    }

    private void Add(string line)
    {
        if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            return;
        if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
        {
            var parts = line.Split(' ');
            Assert.Equal(4, parts.Length);
            Assert.Contains(parts[3], new[] { "counter", "gauge", "histogram" });
            Assert.True(_types.TryAdd(parts[2], parts[3]), $"two TYPE lines for {parts[2]}");
            return;
        }
        var position = 0;
        var name = Name(line, ref position);
        var labels = Labels(line, ref position);
        Assert.Equal(' ', line[position++]);
        var value = line[position..] switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            "NaN" => double.NaN,
            var number => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture),
        };
        Assert.True(FamilyIsDeclared(name), $"no TYPE before {line}");
        Assert.True(_samples.TryAdd(labels.Count == 0 ? name : $"{name}{{{string.Join(',', labels)}}}", value), $"twice: {line}");
    }

    private bool FamilyIsDeclared(string name) =>
        _types.TryGetValue(name, out var type) ? type != "histogram"
            : new[] { "_bucket", "_sum", "_count" }.Any(end => name.EndsWith(end, StringComparison.Ordinal) && _types.GetValueOrDefault(name[..^end.Length]) == "histogram");

    private static string Name(string line, ref int position)
    {
        var begin = position;
        while (position < line.Length && (char.IsAsciiLetterOrDigit(line[position]) || line[position] is '_' or ':'))
            position++;
        Assert.True(position > begin && !char.IsAsciiDigit(line[begin]), $"no name at {begin}: {line}");
        return line[begin..position];
    }

    private static SortedSet<string> Labels(string line, ref int position)
    {
        var labels = new SortedSet<string>(StringComparer.Ordinal);
        if (line[position] != '{')
            return labels;
        do
        {
            position++;
            var name = Name(line, ref position);
            Assert.Equal("=\"", line.Substring(position, 2));
            position += 2;
            Assert.True(labels.Add($"{name}={Value(line, ref position)}"), $"label {name} twice: {line}");
        }
        while (line[position] == ',');
        Assert.Equal('}', line[position++]);
        return labels;
    }

    private static string Value(string line, ref int position)
    {
        var value = new StringBuilder();
        for (; line[position] != '"'; position++)
        {
            if (line[position] == '\\')
            {
                position++;
                value.Append(line[position] switch { 'n' => '\n', '\\' => '\\', '"' => '"', var c => throw new FormatException($"\\{c}: {line}") });
            }
            else
            {
                value.Append(line[position]);
            }
        }
        position++;
        return value.ToString();
    }
}
