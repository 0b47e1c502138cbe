using System.Collections.Concurrent;
using System.Diagnostics;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Fleet;

/// <summary>
/// Visitors by libssl, half of them with TLS 1.2, who come back again and again, each time to another edge than the last, at random. There are more of them than
/// come at once, so that some come back with tickets of a while ago.
/// </summary>
internal sealed class WanderingCrowd
{
    private const int AtOnce = 8;

    private readonly ConcurrentDictionary<string, TimeSpan> _keys = new();
    private readonly ConcurrentQueue<string> _full = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly IReadOnlyList<int> _ports;
    private readonly double _perSecond;
    private readonly Visitor[] _visitors;
    private readonly Task _visits;
    private int _next;
    private int _reconnects;
    private int _total;

    private WanderingCrowd(IReadOnlyList<int> ports, int visitors, int reconnects, double perSecond)
    {
        (_ports, _total, _perSecond) = (ports, reconnects, perSecond);
        _visitors = [.. Enumerable.Range(0, visitors).Select(number => new Visitor(number, number % 2 == 0 ? "1.2" : "1.3", ports.Count))];
        _visits = Task.WhenAll(Enumerable.Range(0, AtOnce).Select(one => Task.Factory.StartNew(() => Come(one), TaskCreationOptions.LongRunning)));
    }

    public int Reconnects => Volatile.Read(ref _reconnects);

    /// <summary>The names of the keys that tickets were sealed under until now, and when the first was seen.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Keys => _keys;

    /// <summary>Since it began.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    public static WanderingCrowd Start(IReadOnlyList<Role> edges, int visitors, int reconnects, double perSecond) =>
        new([.. edges.Select(edge => edge.Port)], visitors, reconnects, perSecond);

    /// <summary>Until so many have come back.</summary>
    public async Task ReachesAsync(int reconnects)
    {
        while (Reconnects < reconnects && !_visits.IsCompleted)
            await Task.Delay(10);
    }

    /// <summary>Until tickets are sealed under a key that was not seen before; visitors go on coming until then.</summary>
    public async Task ChangesKeyAsync(TimeSpan patience)
    {
        var known = _keys.Count;
        var deadline = Elapsed + patience;
        while (_keys.Count == known)
        {
            Assert.True(Elapsed < deadline, $"No new key for {patience.TotalSeconds:0} s: {string.Join(", ", _keys.Select(key => $"{key.Key} since {key.Value.TotalSeconds:0.0} s"))}");
            Interlocked.Exchange(ref _total, Math.Max(_total, Reconnects + 100));
            await Task.Delay(20);
        }
    }

    /// <summary>What it came to.</summary>
    public async Task<CrowdResult> EndsAsync()
    {
        await _visits;
        foreach (var visitor in _visitors)
            visitor.Dispose();
        var result = new CrowdResult(Reconnects, [.. _full], [.. _failures], _keys.Count, _clock.Elapsed);
        TestContext.Current.TestOutputHelper?.WriteLine(result.ToString());
        return result;
    }

    private void Come(int one)
    {
        // Each has visitors of its own, so that nobody comes twice at once.
        var mine = _visitors.Where(visitor => visitor.Number % AtOnce == one).ToArray();
        while (Reconnects < Volatile.Read(ref _total))
        {
            var number = Interlocked.Increment(ref _next) - 1;
            var wait = TimeSpan.FromSeconds(number / _perSecond) - _clock.Elapsed;
            if (wait > TimeSpan.Zero)
                Thread.Sleep(wait);
            // At first everybody comes once.
            Visit(Array.Find(mine, visitor => visitor.Last is null) ?? mine[Random.Shared.Next(mine.Length)]);
        }
    }

    private void Visit(Visitor visitor)
    {
        var (from, ticket, since) = (visitor.Last, visitor.Client.TicketName, visitor.At);
        var edge = visitor.ChooseEdge();
        var started = _clock.Elapsed;
        var what = $"at {started.TotalSeconds:0.00} s, TLS {visitor.Version}, edge {edge + 1} after {from + 1} with {ticket ?? "no ticket"}, {(started - since).TotalSeconds:0.0} s old";
        try
        {
            var (resumed, answer) = visitor.Client.Visit(_ports[edge], TicketFleet.Host);
            if (!answer.Contains(Origin.Greeting, StringComparison.Ordinal))
                _failures.Enqueue($"{what}: answered \"{answer}\"");
            else if (from is not null && !resumed)
                _full.Enqueue(what);
        }
        catch (InvalidOperationException e)
        {
            _failures.Enqueue($"{what}, after {(_clock.Elapsed - started).TotalMilliseconds:0} ms: {e.Message}");
        }

        visitor.At = _clock.Elapsed;
        if (visitor.Client.TicketName is { } name)
            _keys.TryAdd(name, _clock.Elapsed);
        if (from is not null)
            Interlocked.Increment(ref _reconnects);
    }

    private sealed class Visitor(int number, string version, int edges) : IDisposable
    {
        public int Number => number;

        public string Version => version;

        public ReconnectingClient Client { get; } = new(version);

        /// <summary>The edge it came to last; null before it has come.</summary>
        public int? Last { get; private set; }

        /// <summary>When that was.</summary>
        public TimeSpan At { get; set; }

        public int ChooseEdge()
        {
            Last = Last is { } last ? (last + 1 + Random.Shared.Next(edges - 1)) % edges : Random.Shared.Next(edges);
            return Last.Value;
        }

        public void Dispose() => Client.Dispose();
    }
}

/// <summary>What a crowd came to.</summary>
/// <param name="Reconnects">Visits of those who had been at another edge before.</param>
/// <param name="Full">Of these, the full handshakes.</param>
/// <param name="Failures">Of all visits.</param>
/// <param name="Keys">How many keys their tickets were sealed under.</param>
internal sealed record CrowdResult(int Reconnects, IReadOnlyList<string> Full, IReadOnlyList<string> Failures, int Keys, TimeSpan Took)
{
    /// <summary>The part that was resumed, of those who came back.</summary>
    public double Resumed => 1 - (((double)Full.Count + Failures.Count) / Reconnects);

    public override string ToString() => FormattableString.Invariant(
        $"{Reconnects} came back in {Took.TotalSeconds:0.0} s, {Full.Count} with full handshakes, {Failures.Count} failed: {Resumed * 100:0.00} % resumed; tickets under {Keys} keys{string.Concat(Full.Concat(Failures).Take(12).Select(one => "\n" + one))}");
}
