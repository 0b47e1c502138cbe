using System.Globalization;
using System.Text.RegularExpressions;
using Latchkey.Testing;

namespace Latchkey.Tls.Tests.Records;

/// <summary>The example handshakes of RFC 8448, read from its text where the folder of vectors has it.</summary>
internal sealed partial class Rfc8448
{
    private readonly List<(string Step, string Name, byte[] Value)> _values = [];

    private Rfc8448(IEnumerable<string> lines)
    {
        var step = "";
        var name = "";
        var size = 0;
        var hex = "";
        foreach (var line in lines)
        {
            if (line.StartsWith("   {", StringComparison.Ordinal))
                step = line.Trim();
            if (Named().Match(line) is { Success: true } named)
                (name, size, hex) = (named.Groups["name"].Value, int.Parse(named.Groups["size"].Value, CultureInfo.InvariantCulture), named.Groups["hex"].Value);
            else if (size > 0 && HexOnly().IsMatch(line))
                hex += line;
            var digits = hex.Replace(" ", "", StringComparison.Ordinal);
            if (size == 0 || digits.Length != 2 * size)
                continue;
            _values.Add((step, name, Convert.FromHexString(digits)));
            size = 0;
        }
    }

    /// <summary>Section 3, "Simple 1-RTT Handshake".</summary>
    public static Rfc8448 SimpleHandshake() => Section("3.  Simple 1-RTT Handshake", "4.  Resumed 0-RTT Handshake");

    /// <summary>Section 4, "Resumed 0-RTT Handshake": goes on from the first one.</summary>
    public static Rfc8448 ResumedHandshake() => Section("4.  Resumed 0-RTT Handshake", "5.  HelloRetryRequest");

    /// <summary>The bytes called <paramref name="name"/> in the first step that begins with <paramref name="step"/>.</summary>
    public byte[] this[string step, string name] =>
        _values.First(value => value.Step.StartsWith(step, StringComparison.Ordinal) && value.Name == name).Value;

    /// <summary>All values of that name in steps that begin so, in order.</summary>
    public IReadOnlyList<byte[]> All(string step, string name) =>
        [.. _values.Where(value => value.Step.StartsWith(step, StringComparison.Ordinal) && value.Name == name).Select(value => value.Value)];

    private static Rfc8448 Section(string start, string end)
    {
        var path = Path.Combine(RepositoryRoot.Vectors, "rfc8448.txt");
        Assert.SkipUnless(File.Exists(path), $"The folder of vectors has no rfc8448.txt ({path}).");
        var lines = File.ReadAllLines(path);
        var from = Array.FindLastIndex(lines, line => line.StartsWith(start, StringComparison.Ordinal));
        var to = Array.FindLastIndex(lines, line => line.StartsWith(end, StringComparison.Ordinal));
        return new Rfc8448(lines[from..to]);
    }

    [GeneratedRegex(@"^ +(?<name>[A-Za-z ]+) \((?<size>\d+) octets\):(?<hex>[0-9a-f ]+)$")]
    private static partial Regex Named();

    [GeneratedRegex("^ +[0-9a-f]{2}( [0-9a-f]{2})*$")]
    private static partial Regex HexOnly();
}
