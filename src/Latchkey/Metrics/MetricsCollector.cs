using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Latchkey.Metrics;

/// <summary>Listens to every meter of ours (<c>Latchkey.*</c>) from its making until it is disposed, and adds up what they say.</summary>
internal sealed class MetricsCollector : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new();
    private readonly Lock _scrape = new();

    public MetricsCollector()
    {
        _listener.InstrumentPublished = OnPublished;
        _listener.SetMeasurementEventCallback<byte>((i, value, tags, family) => Record(i, value, tags, family));
        _listener.SetMeasurementEventCallback<short>((i, value, tags, family) => Record(i, value, tags, family));
        _listener.SetMeasurementEventCallback<int>((i, value, tags, family) => Record(i, value, tags, family));
        _listener.SetMeasurementEventCallback<long>((i, value, tags, family) => Record(i, value, tags, family));
        _listener.SetMeasurementEventCallback<float>((i, value, tags, family) => Record(i, value, tags, family));
        _listener.SetMeasurementEventCallback<double>((i, value, tags, family) => Record(i, value, tags, family));
        _listener.SetMeasurementEventCallback<decimal>((i, value, tags, family) => Record(i, (double)value, tags, family));
        _listener.Start();
    }

    /// <summary>The text format, version 0.0.4: our meters, then the process.</summary>
    public string Write()
    {
        lock (_scrape)
        {
            foreach (var family in _families.Values.Where(family => family.IsObserved))
                family.Clear();
            _listener.RecordObservableInstruments();
            return PrometheusText.Write(_families.Values.OrderBy(family => family.Name, StringComparer.Ordinal)) + ProcessMetrics.Write();
        }
    }

    public void Dispose() => _listener.Dispose();

    private void OnPublished(Instrument instrument, MeterListener listener)
    {
        if (!instrument.Meter.Name.StartsWith("Latchkey", StringComparison.Ordinal))
            return;
        // Two meters may make the same instrument (two key server links): their numbers belong together.
        var family = new MetricFamily(instrument);
        family = _families.GetOrAdd(family.Name, family);
        if (family.Kind == PrometheusNames.KindOf(instrument))
            listener.EnableMeasurementEvents(instrument, family);
    }

    // An observed value is a whole one, but where two instruments share a name and labels, the sum is meant. Gauge<T> sets.
    private static void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? family) =>
        ((MetricFamily)family!).Record(value, tags, set: instrument.GetType().Name.StartsWith("Gauge", StringComparison.Ordinal));
}
