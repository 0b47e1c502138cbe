using System.Globalization;
using System.Text.RegularExpressions;

namespace Latchkey.Bench.Load;

/// <summary>Keep-alive requests and bulk transfer by wrk over TLS.</summary>
internal static partial class Wrk
{
    /// <summary>Requests answered, and bytes read, in the given time.</summary>
    public static async Task<(long Requests, double Megabytes)> RunAsync(int port, string path, int connections, int seconds)
    {
        var output = await Tool.RunAsync("wrk", "-t", "1", "-c", connections.ToString(CultureInfo.InvariantCulture), "-d", $"{seconds}s",
            $"https://127.0.0.1:{port}{path}", "-H", $"Host: {Servers.Site.HostName}", "--timeout", "30s");
        var match = Totals().Match(output);
        if (!match.Success || output.Contains("Non-2xx", StringComparison.Ordinal))
            throw new InvalidOperationException("wrk says: " + output);
        var unit = match.Groups[3].Value switch { "KB" => 1.0 / 1024, "MB" => 1, "GB" => 1024, _ => 1.0 / (1 << 20) };
        return (long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), double.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture) * unit);
    }

    [GeneratedRegex(@"(\d+) requests in [\d.]+m?s, ([\d.]+)(B|KB|MB|GB) read")]
    private static partial Regex Totals();
}
