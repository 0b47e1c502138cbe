using System.Diagnostics.Metrics;

namespace Latchkey.Metrics;

/// <summary>From .NET's names (<c>latchkey.handshake.duration</c>, unit <c>s</c>) to Prometheus' (<c>latchkey_handshake_duration_seconds</c>).</summary>
internal static class PrometheusNames
{
    public static MetricKind KindOf(Instrument instrument)
    {
        var type = instrument.GetType().Name;
        if (type.StartsWith("Histogram", StringComparison.Ordinal))
            return MetricKind.Histogram;
        return type.StartsWith("Counter", StringComparison.Ordinal) || type.StartsWith("ObservableCounter", StringComparison.Ordinal)
            ? MetricKind.Counter
            : MetricKind.Gauge;
    }

    public static string NameOf(Instrument instrument, MetricKind kind)
    {
        var name = LabelText.Name(instrument.Name);
        var unit = UnitOf(instrument.Unit);
        if (unit.Length > 0 && !name.EndsWith("_" + unit, StringComparison.Ordinal))
            name += "_" + unit;
        return kind == MetricKind.Counter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    // UCUM's units in words; annotations such as {handshake} say what is counted, which the name says already.
    private static string UnitOf(string? unit) => unit switch
    {
        "s" => "seconds",
        "ms" => "milliseconds",
        "By" => "bytes",
        null or "" or "1" => "",
        _ when unit.StartsWith('{') => "",
        _ => LabelText.Name(unit),
    };
}
