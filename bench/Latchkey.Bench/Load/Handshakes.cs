using System.Globalization;
using System.Text.RegularExpressions;

namespace Latchkey.Bench.Load;

/// <summary>Full handshakes by <c>openssl s_time -new</c>, three clients at once.</summary>
internal static partial class Handshakes
{
    private const int Clients = 3;

    /// <summary>How many handshakes succeeded in the given time.</summary>
    public static async Task<int> RunAsync(int port, string version, int seconds)
    {
        var runs = Enumerable.Range(0, Clients).Select(_ => Tool.RunAsync("openssl", "s_time", "-connect", $"127.0.0.1:{port}", "-new",
            "-" + version, "-time", seconds.ToString(CultureInfo.InvariantCulture)));
        var outputs = await Task.WhenAll(runs);
        return outputs.Sum(output => Connections().Match(output) is { Success: true } match
            ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException("openssl s_time says: " + output));
    }

    [GeneratedRegex(@"(\d+) connections in \d+ real seconds")]
    private static partial Regex Connections();
}
