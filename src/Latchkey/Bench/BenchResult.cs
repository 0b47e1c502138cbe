using System.Globalization;

namespace Latchkey.Bench;

/// <summary>Operations per second and latency percentiles at one number of callers.</summary>
internal sealed record BenchResult(int Callers, double PerSecond, TimeSpan Median, TimeSpan P90, TimeSpan P99, string Refusals)
{
    public static string Header { get; } = "  callers  operations/s    p50 ms    p90 ms    p99 ms  refused";

    public static BenchResult Of(int callers, TimeSpan elapsed, IReadOnlyList<KeyServerBench.CallerLoad> loads)
    {
        var latencies = loads.SelectMany(load => load.Latencies).Order().ToArray();
        var refusals = loads.SelectMany(load => load.Refusals).GroupBy(pair => pair.Key, pair => pair.Value);
        return new BenchResult(
            callers,
            latencies.Length / elapsed.TotalSeconds,
            Percentile(latencies, 50),
            Percentile(latencies, 90),
            Percentile(latencies, 99),
            string.Join(", ", refusals.Select(group => $"{group.Sum()} × {group.Key}").DefaultIfEmpty("none")));
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"  {Callers,7}  {PerSecond,12:#,0}  {Median.TotalMilliseconds,8:0.000}  {P90.TotalMilliseconds,8:0.000}  {P99.TotalMilliseconds,8:0.000}  {Refusals}");

    private static TimeSpan Percentile(TimeSpan[] ordered, int percent) =>
        ordered.Length == 0 ? TimeSpan.Zero : ordered[Math.Min(ordered.Length - 1, ordered.Length * percent / 100)];
}
