using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Latchkey.Metrics;

/// <summary>What the process itself uses, under the names that Prometheus' own clients use.</summary>
internal static class ProcessMetrics
{
    public static string Write()
    {
        var text = new StringBuilder();
        using var process = Process.GetCurrentProcess();
        process.Refresh();
        Counter(text, "process_cpu_seconds_total", "User and system CPU time.", process.TotalProcessorTime.TotalSeconds);
        Gauge(text, "process_resident_memory_bytes", "Resident memory.", process.WorkingSet64);
        Gauge(text, "process_start_time_seconds", "Start, as Unix time.", new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0);
        if (Directory.Exists("/proc/self/fd"))
            Gauge(text, "process_open_fds", "Open file descriptors.", Directory.GetFileSystemEntries("/proc/self/fd").Length);
        WriteRuntime(text);
        PrometheusText.WriteHead(text, "latchkey_build_info", MetricKind.Gauge, "Always 1; the labels tell the version.");
        PrometheusText.WriteSample(text, "latchkey_build_info", $"version=\"{LabelText.Escape(Program.Version)}\",runtime=\"{Environment.Version}\"", 1);
        return text.ToString();
    }

    private static void WriteRuntime(StringBuilder text)
    {
        PrometheusText.WriteHead(text, "dotnet_gc_collections_total", MetricKind.Counter, "Garbage collections.");
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
            PrometheusText.WriteSample(text, "dotnet_gc_collections_total", $"generation=\"{generation.ToString(CultureInfo.InvariantCulture)}\"", GC.CollectionCount(generation));
        Counter(text, "dotnet_gc_pause_seconds_total", "Time spent paused for the garbage collector.", GC.GetTotalPauseDuration().TotalSeconds);
        Counter(text, "dotnet_gc_allocated_bytes_total", "Bytes allocated on the managed heap.", GC.GetTotalAllocatedBytes());
        Gauge(text, "dotnet_gc_heap_bytes", "Managed heap, garbage included.", GC.GetTotalMemory(forceFullCollection: false));
        Gauge(text, "dotnet_threadpool_threads", "Threads of the pool.", ThreadPool.ThreadCount);
        Gauge(text, "dotnet_threadpool_queue_length", "Work that waits for a thread.", ThreadPool.PendingWorkItemCount);
    }

    private static void Counter(StringBuilder text, string name, string help, double value)
    {
        PrometheusText.WriteHead(text, name, MetricKind.Counter, help);
        PrometheusText.WriteSample(text, name, "", value);
    }

    private static void Gauge(StringBuilder text, string name, string help, double value)
    {
        PrometheusText.WriteHead(text, name, MetricKind.Gauge, help);
        PrometheusText.WriteSample(text, name, "", value);
    }
}
