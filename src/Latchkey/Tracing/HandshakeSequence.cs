using System.Globalization;

namespace Latchkey.Tracing;

/// <summary>Draws a handshake as a sequence of messages between client, edge and key server.</summary>
internal static class HandshakeSequence
{
    private const int Left = 40;
    private const int Right = 44;

    /// <summary>The drawing, one line a step.</summary>
    public static IEnumerable<string> Draw(HandshakeTrace trace)
    {
        yield return $"  {trace.Version}, {trace.CipherSuite}, {Agreement(trace)}, custody {trace.Custody}, for {trace.ServerName ?? "no name"}";
        yield return "";
        yield return $"             {"client".PadRight(Left)} {"edge (no key)".PadRight(Right)} key server";
        foreach (var step in trace.Steps)
        {
            foreach (var line in Draw(step))
                yield return line;
        }
        var asked = trace.Steps.Where(step => step.Kind == "key").ToList();
        yield return "";
        yield return $"  finished after {Time(trace.Elapsed)}; the key server was asked {Times(asked.Count)}, {Time(asked.Sum(step => step.Elapsed ?? 0))} of it";
    }

    private static IEnumerable<string> Draw(HandshakeStep step)
    {
        var at = Time(step.At).PadLeft(10);
        switch (step.Kind)
        {
            case "received":
                yield return $"{at}   ├─ {Label(step)} {Line(Left - Label(step).Length - 5)}▶│{new string(' ', Right)}│";
                break;
            case "sent":
                yield return $"{at}   │◀{Line(Left - Label(step).Length - 5)} {Label(step)} ─┤{new string(' ', Right)}│";
                break;
            default:
                var elapsed = step.Elapsed ?? 0;
                var answer = $"answered after {Time(elapsed)}";
                yield return $"{Time(Math.Max(0, step.At - elapsed)).PadLeft(10)}   │{new string(' ', Left - 1)}├─ {step.Name} {Line(Right - step.Name.Length - 5)}▶│";
                yield return $"{at}   │{new string(' ', Left - 1)}│◀{Line(Right - answer.Length - 5)} {answer} ─┤";
                break;
        }
    }

    private static string Agreement(HandshakeTrace trace)
    {
        if (trace.Resumed)
            return trace.Group is null ? "resumed" : $"resumed with {trace.Group}";
        return trace.Group is null ? "RSA key exchange" : $"{trace.Group}, signed {trace.SignatureScheme ?? "not at all"}";
    }

    private static string Label(HandshakeStep step) => string.Create(CultureInfo.InvariantCulture, $"{step.Name}, {step.Bytes:#,0} bytes");

    private static string Line(int length) => new('─', Math.Max(1, length));

    private static string Time(double milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.0} ms");

    private static string Times(int count) => count switch { 0 => "never", 1 => "once", _ => $"{count} times" };
}
