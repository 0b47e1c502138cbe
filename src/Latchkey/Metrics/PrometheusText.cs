using System.Globalization;
using System.Text;

namespace Latchkey.Metrics;

/// <summary>Writes families in Prometheus' text format 0.0.4.</summary>
internal static class PrometheusText
{
    /// <summary>The Content-Type that goes with it.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<MetricFamily> families)
    {
        var text = new StringBuilder();
        foreach (var family in families)
        {
            WriteHead(text, family.Name, family.Kind, family.Help);
            foreach (var (labels, series) in family.Series)
                WriteSeries(text, family, labels, series);
        }
        return text.ToString();
    }

    public static void WriteHead(StringBuilder text, string name, MetricKind kind, string help)
    {
        if (help.Length > 0)
            text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(kind switch { MetricKind.Counter => "counter", MetricKind.Gauge => "gauge", _ => "histogram" }).Append('\n');
    }

    public static void WriteSample(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static void WriteSeries(StringBuilder text, MetricFamily family, string labels, MetricSeries series)
    {
        if (family.Kind != MetricKind.Histogram)
        {
            WriteSample(text, family.Name, labels, series.Value);
            return;
        }
        var counts = series.Counts();
        var prefix = labels.Length == 0 ? "" : labels + ",";
        long below = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            below += counts[i];
            var bound = i < series.Bounds.Count ? Number(series.Bounds[i]) : "+Inf";
            WriteSample(text, family.Name + "_bucket", $"{prefix}le=\"{bound}\"", below);
        }
        WriteSample(text, family.Name + "_sum", labels, series.Value);
        WriteSample(text, family.Name + "_count", labels, below);
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
