using System.Diagnostics.Metrics;
using Latchkey.Metrics;

namespace Latchkey.Tests.Metrics;

public sealed class MetricsCollectorTests : IDisposable
{
    private readonly MetricsCollector _collector = new();
    private readonly Meter _meter = new("Latchkey.Tests");

    private ExpositionText Scrape() => ExpositionText.Parse(_collector.Write());

    [Fact]
    public void Counters_add_up_by_label()
    {
        var counter = _meter.CreateCounter<long>("latchkey.test.handshakes", "{handshake}", "Handshakes.");
        counter.Add(2, new KeyValuePair<string, object?>("tls.version", "1.3"));
        counter.Add(3, new KeyValuePair<string, object?>("tls.version", "1.3"));
        counter.Add(1, new KeyValuePair<string, object?>("tls.version", "1.2"));

        var text = Scrape();
        Assert.Equal("counter", text.Types["latchkey_test_handshakes_total"]);
        Assert.Equal(5, text.Samples["latchkey_test_handshakes_total{tls_version=1.3}"]);
        Assert.Equal(1, text.Samples["latchkey_test_handshakes_total{tls_version=1.2}"]);
    }

    [Fact]
    public void Up_down_counters_and_observed_values_are_gauges()
    {
        var connections = _meter.CreateUpDownCounter<int>("latchkey.test.connections");
        connections.Add(5);
        connections.Add(-2);
        var queued = 7;
        _meter.CreateObservableGauge("latchkey.test.queued", () => queued, "By");
        _meter.CreateObservableCounter("latchkey.test.observed", () => 11L);

        Assert.Equal(7, Scrape().Samples["latchkey_test_queued_bytes"]);
        queued = 4;
        var text = Scrape();
        Assert.Equal(("gauge", 3.0), (text.Types["latchkey_test_connections"], text.Samples["latchkey_test_connections"]));
        Assert.Equal(("gauge", 4.0), (text.Types["latchkey_test_queued_bytes"], text.Samples["latchkey_test_queued_bytes"]));
        Assert.Equal(("counter", 11.0), (text.Types["latchkey_test_observed_total"], text.Samples["latchkey_test_observed_total"]));
    }

    [Fact]
    public void Histograms_have_cumulative_buckets_that_end_with_the_count()
    {
        var histogram = _meter.CreateHistogram<double>("latchkey.test.duration", "s", "Time.");
        histogram.Record(0.00004);
        histogram.Record(0.001);
        histogram.Record(0.002);
        histogram.Record(100);

        var text = Scrape();
        Assert.Equal("histogram", text.Types["latchkey_test_duration_seconds"]);
        Assert.Equal(1, text.Samples["latchkey_test_duration_seconds_bucket{le=5E-05}"]);
        Assert.Equal(2, text.Samples["latchkey_test_duration_seconds_bucket{le=0.001}"]);
        Assert.Equal(3, text.Samples["latchkey_test_duration_seconds_bucket{le=0.0025}"]);
        Assert.Equal(3, text.Samples["latchkey_test_duration_seconds_bucket{le=10}"]);
        Assert.Equal(4, text.Samples["latchkey_test_duration_seconds_bucket{le=+Inf}"]);
        Assert.Equal(4, text.Samples["latchkey_test_duration_seconds_count"]);
        Assert.Equal(100.00304, text.Samples["latchkey_test_duration_seconds_sum"], precision: 6);
    }

    [Fact]
    public void Advised_buckets_are_used()
    {
        var histogram = _meter.CreateHistogram("latchkey.test.advised", null, null, null, new InstrumentAdvice<int> { HistogramBucketBoundaries = [3] });
        histogram.Record(2);

        var text = Scrape();
        Assert.Equal(["latchkey_test_advised_bucket{le=+Inf}", "latchkey_test_advised_bucket{le=3}"], text.Samples.Keys.Where(key => key.StartsWith("latchkey_test_advised_bucket", StringComparison.Ordinal)).Order());
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("quo\"te\\back\nline", "quo\"te\\back\nline")]
    [InlineData("bell\a", "bell ")]
    public void Label_values_survive_whatever_they_hold(string value, string expected)
    {
        _meter.CreateCounter<long>("latchkey.test.labels").Add(1, new KeyValuePair<string, object?>("value", value), new KeyValuePair<string, object?>("other", 5));

        Assert.Equal(1, Scrape().Samples[$"latchkey_test_labels_total{{other=5,value={expected}}}"]);
    }

    [Fact]
    public void A_label_longer_than_any_buffer_is_kept()
    {
        var longest = new string('x', 5000);
        _meter.CreateCounter<long>("latchkey.test.long").Add(1, new KeyValuePair<string, object?>("value", longest));

        Assert.Equal(1, Scrape().Samples[$"latchkey_test_long_total{{value={longest}}}"]);
    }

    [Fact]
    public void Labels_that_never_end_do_not_eat_the_memory()
    {
        var counter = _meter.CreateCounter<long>("latchkey.test.endless");
        for (var i = 0; i < 5000; i++)
            counter.Add(1, new KeyValuePair<string, object?>("name", i));

        var series = Scrape().Samples.Where(sample => sample.Key.StartsWith("latchkey_test_endless_total", StringComparison.Ordinal)).ToDictionary();
        Assert.Equal((1001, 4000.0, 5000.0), (series.Count, series["latchkey_test_endless_total{overflow=true}"], series.Values.Sum()));
    }

    [Fact]
    public void Measurements_of_many_threads_are_all_counted()
    {
        var counter = _meter.CreateCounter<long>("latchkey.test.parallel");
        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 10_000; i++)
                counter.Add(1);
        });

        Assert.Equal(80_000, Scrape().Samples["latchkey_test_parallel_total"]);
    }

    [Fact]
    public void Meters_of_others_are_left_out_and_the_process_is_told()
    {
        using var other = new Meter("Somebody.Else");
        other.CreateCounter<long>("somebody.counter").Add(1);

        var text = Scrape();
        Assert.DoesNotContain(text.Samples.Keys, key => key.StartsWith("somebody", StringComparison.Ordinal));
        Assert.All(["process_cpu_seconds_total", "process_resident_memory_bytes", "dotnet_gc_heap_bytes"], name => Assert.True(text.Samples[name] > 0, name));
        Assert.Contains(text.Samples.Keys, key => key.StartsWith("latchkey_build_info{runtime=10.", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _meter.Dispose();
        _collector.Dispose();
    }
}
