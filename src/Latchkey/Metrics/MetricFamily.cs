using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Latchkey.Metrics;

/// <summary>One metric: its name, its kind, and a series for each combination of labels. Thread-safe.</summary>
internal sealed class MetricFamily
{
    // Labels come from code, but a mistake there must not eat the memory of a server (peers choose SNI, for example).
    private const int MaxSeries = 1000;

    private readonly ConcurrentDictionary<string, MetricSeries> _series = new();
    private readonly ConcurrentDictionary<string, MetricSeries>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly double[] _buckets;

    public MetricFamily(Instrument instrument)
    {
        Kind = PrometheusNames.KindOf(instrument);
        Name = PrometheusNames.NameOf(instrument, Kind);
        Help = instrument.Description ?? "";
        IsObserved = instrument.IsObservable;
        _buckets = Kind == MetricKind.Histogram ? HistogramBuckets.For(instrument) : [];
        _lookup = _series.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>As exposed, unit and <c>_total</c> included.</summary>
    public string Name { get; }

    /// <summary>What it is.</summary>
    public MetricKind Kind { get; }

    /// <summary>One sentence; may be empty.</summary>
    public string Help { get; }

    /// <summary>Whether values are asked for at each scrape instead of being added up.</summary>
    public bool IsObserved { get; }

    /// <summary>Labels as exposed, without braces, with their values.</summary>
    public IEnumerable<KeyValuePair<string, MetricSeries>> Series => _series.OrderBy(pair => pair.Key, StringComparer.Ordinal);

    /// <summary>Takes a measurement.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, bool set)
    {
        var series = Find(tags);
        if (Kind == MetricKind.Histogram)
            series.Observe(value);
        else if (set)
            series.Set(value);
        else
            series.Add(value);
    }

    /// <summary>Forgets observed values before they are asked for anew: series may have gone.</summary>
    public void Clear() => _series.Clear();

    private MetricSeries Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Span<char> buffer = stackalloc char[256];
        var labels = LabelText.Write(tags, buffer);
        if (_lookup.TryGetValue(labels, out var series))
            return series;
        if (_series.Count >= MaxSeries)
            return _series.GetOrAdd("overflow=\"true\"", _ => new MetricSeries(_buckets));
        return _series.GetOrAdd(labels.ToString(), _ => new MetricSeries(_buckets));
    }
}
