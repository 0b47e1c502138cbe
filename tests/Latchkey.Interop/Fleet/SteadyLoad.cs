using System.Collections.Concurrent;
using System.Diagnostics;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Fleet;

/// <summary>Visitors by libssl who come at a steady rate, whatever becomes of those before them; each a full handshake and a GET.</summary>
internal sealed class SteadyLoad
{
    private const int Visitors = 24;

    private readonly ConcurrentQueue<double> _milliseconds = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly int _port;
    private readonly string _host;
    private readonly string _version;
    private readonly double _perSecond;
    private readonly int _total;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Task _visits;
    private int _next;

    private SteadyLoad(int port, string host, string version, int total, double perSecond)
    {
        (_port, _host, _version, _total, _perSecond) = (port, host, version, total, perSecond);
        _visits = Task.WhenAll(Enumerable.Range(0, Visitors).Select(_ => Task.Factory.StartNew(Visit, TaskCreationOptions.LongRunning)));
    }

    public int Done => _milliseconds.Count + _failures.Count;

    /// <summary>Of those until now, milliseconds.</summary>
    public double P99 => At([.. _milliseconds.Order()], 0.99);

    public static SteadyLoad Start(int port, string host, string version, int total, double perSecond) => new(port, host, version, total, perSecond);

    /// <summary>Until so many have been served or refused.</summary>
    public async Task ReachesAsync(int count)
    {
        while (Done < count && !_visits.IsCompleted)
            await Task.Delay(10);
    }

    /// <summary>What it came to.</summary>
    public async Task<LoadResult> EndsAsync()
    {
        await _visits;
        var sorted = _milliseconds.Order().ToArray();
        var result = new LoadResult(Done, [.. _failures], At(sorted, 0.5), At(sorted, 0.99), sorted.LastOrDefault(), Done / _clock.Elapsed.TotalSeconds);
        TestContext.Current.TestOutputHelper?.WriteLine(result.ToString());
        return result;
    }

    private void Visit()
    {
        using var client = new ReconnectingClient(_version, takesTickets: false);
        int number;
        while ((number = Interlocked.Increment(ref _next) - 1) < _total)
        {
            var wait = TimeSpan.FromSeconds(number / _perSecond) - _clock.Elapsed;
            if (wait > TimeSpan.Zero)
                Thread.Sleep(wait);
            var started = Stopwatch.GetTimestamp();
            try
            {
                client.Forget();
                var (_, answer) = client.Visit(_port, _host);
                if (answer.Contains(Origin.Greeting, StringComparison.Ordinal))
                    _milliseconds.Enqueue(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                else
                    _failures.Enqueue($"{number}: answered \"{answer}\"");
            }
            catch (Exception e)
            {
                _failures.Enqueue($"{number}, after {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms: {e.Message}");
            }
        }
    }

    private static double At(double[] sorted, double part) => sorted.Length == 0 ? 0 : sorted[(int)Math.Min(sorted.Length - 1, sorted.Length * part)];
}

/// <summary>What a load came to; times in milliseconds, of handshake, request and answer together.</summary>
internal sealed record LoadResult(int Handshakes, IReadOnlyList<string> Failures, double Median, double P99, double Longest, double PerSecond)
{
    public override string ToString() => FormattableString.Invariant(
        $"{Handshakes} handshakes at {PerSecond:0} a second, {Failures.Count} failed, p50 {Median:0.0} ms, p99 {P99:0.0} ms, longest {Longest:0} ms{string.Concat(Failures.Take(5).Select(f => "\n" + f))}");
}
