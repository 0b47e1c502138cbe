using System.Globalization;
using System.Text.RegularExpressions;
using Latchkey.Interop.Deployment;

namespace Latchkey.Interop.Fleet;

/// <summary>What edges counted.</summary>
/// <param name="Full">Handshakes with a question to the key's holder.</param>
/// <param name="Resumed">Sessions that went on.</param>
internal readonly record struct Handshakes(int Full, int Resumed)
{
    public static async Task<Handshakes> OfAsync(IEnumerable<Role> edges)
    {
        var (all, resumed) = (0, 0);
        foreach (var edge in edges)
        {
            var metrics = (await edge.AdminAsync("/metrics")).Body;
            all += Sum(metrics, @"latchkey_tls_handshakes_total\{[^}]*outcome=""completed""[^}]*\}");
            resumed += Sum(metrics, @"latchkey_tls_resumptions_total\{[^}]*result=""resumed""[^}]*\}");
        }

        return new(all - resumed, resumed);
    }

    public static Handshakes operator -(Handshakes left, Handshakes right) => new(left.Full - right.Full, left.Resumed - right.Resumed);

    private static int Sum(string metrics, string series) =>
        Regex.Matches(metrics, $@"(?m)^{series} (\d+)").Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
}
