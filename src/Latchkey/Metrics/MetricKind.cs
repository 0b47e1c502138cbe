namespace Latchkey.Metrics;

/// <summary>Kinds of metric that the text format knows.</summary>
internal enum MetricKind
{
    /// <summary>Only grows.</summary>
    Counter,
    /// <summary>Goes up and down.</summary>
    Gauge,
    /// <summary>Counts by size.</summary>
    Histogram,
}
