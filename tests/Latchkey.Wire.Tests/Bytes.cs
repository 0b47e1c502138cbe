using System.Text.RegularExpressions;

namespace Latchkey.Wire.Tests;

/// <summary>Packets as the documentation writes them: hexadecimal, blanks and bars ignored, <c>00*926</c> repeats a byte.</summary>
internal static partial class Bytes
{
    public static byte[] Of(string notation)
    {
        var repeated = Repetition().Replace(notation, m => string.Concat(Enumerable.Repeat(m.Groups[1].Value, int.Parse(m.Groups[2].Value))));
        return Convert.FromHexString(Separator().Replace(repeated, ""));
    }

    public static byte[] Counting(int length, byte first = 1) => [.. Enumerable.Range(first, length).Select(i => (byte)i)];

    [GeneratedRegex(@"([0-9a-f]{2})\*(\d+)")]
    private static partial Regex Repetition();

    [GeneratedRegex(@"[\s|]")]
    private static partial Regex Separator();
}
