using System.Globalization;
using System.Text.RegularExpressions;

namespace Latchkey.Crypto.Tests;

/// <summary>Every HKDF step that RFC 8448's traces print, recomputed.</summary>
public sealed partial class Rfc8448Tests
{
    [Theory, MemberData(nameof(Providers.Both), MemberType = typeof(Providers))]
    public void Every_extraction_in_the_traces_is_reproduced(string provider)
    {
        CryptoProvider crypto = Providers.Named(provider);
        int ran = 0;
        foreach (Dictionary<string, byte[]> step in Steps("IKM", "secret"))
        {
            using SecretBytes secret = Hkdf.Extract(crypto, DigestAlgorithm.Sha256, step.GetValueOrDefault("salt", []), step["IKM"]);
            Assert.Equal(step["secret"], secret.Span.ToArray());
            ran++;
        }
        Assert.True(ran > 10, $"only {ran} extractions were found");
    }

    [Theory, MemberData(nameof(Providers.Both), MemberType = typeof(Providers))]
    public void Every_expansion_in_the_traces_is_reproduced_from_its_label_and_context(string provider)
    {
        CryptoProvider crypto = Providers.Named(provider);
        int ran = 0;
        foreach (Dictionary<string, byte[]> step in Steps("PRK", "expanded"))
        {
            byte[] info = step["info"];
            int labelSize = info[2];
            byte[] label = info[9..(3 + labelSize)]; // after "tls13 "
            byte[] context = info[(4 + labelSize)..];
            byte[] output = new byte[step["expanded"].Length];
            Hkdf.ExpandLabel(crypto, DigestAlgorithm.Sha256, step["PRK"], label, context, output);
            Assert.Equal(step["expanded"], output);
            ran++;
        }
        Assert.True(ran > 40, $"only {ran} expansions were found");
    }

    // "      PRK (32 octets):  33 ad 0a …", continued on lines of hex; a step ends with the value named last.
    private static IEnumerable<Dictionary<string, byte[]>> Steps(string first, string last)
    {
        var step = new Dictionary<string, byte[]>();
        string? current = null;
        foreach (string line in File.ReadLines(Vectors.PathOf("rfc8448.txt")).Where(each => !PageBreak().IsMatch(each)).Append("end:"))
        {
            if (HexLine().IsMatch(line) && current is not null)
            {
                step[current] = [.. step[current], .. Bytes(line)];
                continue;
            }
            if (line.Trim().Length == 0)
                continue;
            if (current == last && step.ContainsKey(first))
                yield return step;
            if (current == last || !line.StartsWith("      ", StringComparison.Ordinal))
                step = [];
            Match field = Field().Match(line);
            current = field.Success ? field.Groups[1].Value.Split(' ')[^1] : null;
            if (current is not null)
                step[current] = Bytes(field.Groups[2].Value);
        }
    }

    private static byte[] Bytes(string hex) =>
        [.. hex.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(each => byte.Parse(each, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"^\s{3,}(\w[\w ]*?) \(\d+ octets\):\s*((?:[0-9a-f]{2}\s?)*)$")]
    private static partial Regex Field();

    [GeneratedRegex(@"^\s{6,}(?:[0-9a-f]{2}\s?)+$")]
    private static partial Regex HexLine();

    [GeneratedRegex(@"^(Thomson |RFC 8448 |\f)")]
    private static partial Regex PageBreak();
}
