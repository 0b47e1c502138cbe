using System.Diagnostics;
using System.Globalization;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

/// <summary>
/// 64 connections of one edge send RSA requests as fast as they can. With LATCHKEY_OVERLOAD_SECONDS=20 it lasts long enough for full demands; else a few seconds, whose figures
/// a busy machine may spoil, and demands to match. Here the flood computes on the server's processors; bench/overload.sh gives the key server one of its own and tells what it keeps.
/// </summary>
[Trait("Attack", "20")]
public sealed class OverloadTests
{
    private const int Connections = 64;

    // Together as much as the whole queue takes, of which one edge has half. With more, answers wait for their turn to be read as well.
    private const int Outstanding = 256;
    private static readonly double Seconds = double.Parse(Environment.GetEnvironmentVariable("LATCHKEY_OVERLOAD_SECONDS") ?? "3", CultureInfo.InvariantCulture);
    private static readonly bool IsFull = Seconds >= 20;

    [Fact]
    public async Task A_flood_costs_little_throughput_waits_no_longer_than_the_queue_allows_and_keeps_nobody_else_waiting()
    {
        await using var server = new TestKeyServer { Limits = new() };
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        var request = TestRequests.CertificateVerify(site.Ski(), (ushort)SignatureScheme.RsaPssRsaeSha256, new byte[32]);

        var before = await MeasureAsync(server, "edge-calm", 4, request, outstanding: 16);
        var memory = Process.GetCurrentProcess().WorkingSet64;
        using var stop = new CancellationTokenSource();
        var peak = WatchMemoryAsync(stop.Token);
        var other = AskOneByOneAsync(server, request, stop.Token);
        var flood = await MeasureAsync(server, "edge-flood", Connections, request, Outstanding);
        await stop.CancelAsync();
        var (asked, served, slowest) = await other;
        var after = await MeasureAsync(server, "edge-calm", 4, request, outstanding: 16);

        var calm = (before.Rate + after.Rate) / 2;
        var growth = (await peak - memory) / (1024 * 1024);
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"unloaded {before.Rate:F0} and {after.Rate:F0}/s; flood {flood.Rate:F0}/s ({flood.Rate / calm:P0}), refused {flood.Refused}, p50 {flood.Percentile(0.5):F0} ms, p99 {flood.Percentile(0.99):F0} ms, "
            + $"slowest {flood.Percentile(1):F0} ms; other edge {served} of {asked}, slowest {slowest:F0} ms; memory +{growth} MiB"));

        Assert.InRange(flood.Rate / calm, IsFull ? 0.7 : 0.3, double.MaxValue);
        // It may wait to be read as long as it may wait in the queue.
        Assert.InRange(flood.Percentile(0.99), 0, 2 * server.Limits.QueueAge.TotalMilliseconds + (IsFull ? 500 : 3000));
        Assert.True(flood.Refused > 0, "Nothing was refused: that was no overload.");
        Assert.True(served == asked && asked > 0, $"The other edge got {served} of {asked} answers.");
        Assert.InRange(growth, 0, 512);
    }

    private static async Task<Outcome> MeasureAsync(TestKeyServer server, string name, int connections, RequestItems request, int outstanding)
    {
        var edges = new List<FloodingEdge>();
        for (var i = 0; i < connections; i++)
            edges.Add(new FloodingEdge(await server.ConnectAsync(name), request, outstanding));
        var outcome = new Outcome();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(Seconds));
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(edges.Select(edge => Task.Run(() => edge.RunAsync(outcome, stop.Token), CancellationToken.None)));
        outcome.Elapsed = Stopwatch.GetElapsedTime(began).TotalSeconds;
        foreach (var edge in edges)
            await edge.DisposeAsync();
        return outcome;
    }

    private static async Task<(int Asked, int Served, double Slowest)> AskOneByOneAsync(TestKeyServer server, RequestItems request, CancellationToken stop)
    {
        await using var edge = await server.ConnectAsync("edge-other");
        await edge.NegotiateAsync();
        var (asked, served, slowest) = (0, 0, 0.0);
        while (!stop.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            asked++;
            served += (await edge.AskAsync(request)).Opcode == Opcode.Response ? 1 : 0;
            slowest = Math.Max(slowest, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            await Task.Delay(10, CancellationToken.None);
        }
        return (asked, served, slowest);
    }

    private static async Task<long> WatchMemoryAsync(CancellationToken stop)
    {
        long peak = 0;
        using var self = Process.GetCurrentProcess();
        while (!stop.IsCancellationRequested)
        {
            self.Refresh();
            peak = Math.Max(peak, self.WorkingSet64);
            await Task.Delay(100, CancellationToken.None);
        }
        return peak;
    }
}
