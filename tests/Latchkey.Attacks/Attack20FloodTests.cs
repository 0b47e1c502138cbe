using System.Diagnostics.Metrics;
using Latchkey.Crypto;
using Latchkey.KeyServer.Policy;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>Attack 20: one edge asks for more than there is, or asks and leaves.</summary>
[Trait("Attack", "20")]
public sealed class Attack20FloodTests
{
    private const int Flood = 900;
    private static readonly byte[] Hash = new byte[32];

    [Fact]
    public async Task A_flood_is_refused_beyond_the_queue_and_does_not_delay_another_edge()
    {
        await using var server = new AttackedKeyServer { Limits = new() { Workers = 1, QueuedRequests = 200, QueueAge = TimeSpan.FromSeconds(30) } };
        var site = server.AddKey(TestKey.Rsa3072, "site.test");
        await server.StartAsync();
        await using var flooder = await server.ConnectAsync("edge-flooder");
        await using var other = await server.ConnectAsync("edge-other");
        var request = Requests.CertificateVerify(site, (ushort)SignatureScheme.RsaPssRsaeSha256, Hash);

        await flooder.SendAsync(Many(request));
        var refused = 0;
        // The first refusal proves that the queue is full; from here on every signature of the flood stands before the other edge's, were it not for fairness.
        var answers = 0;
        for (; answers < Flood && refused == 0; answers++)
            refused += (await flooder.ReadAsync()).Error == KeylessError.Overloaded ? 1 : 0;
        var queued = server.Status.Queued;
        var answer = await other.AskAsync(request);
        var queuedAfter = server.Status.Queued;
        for (; answers < Flood; answers++)
            refused += (await flooder.ReadAsync()).Error == KeylessError.Overloaded ? 1 : 0;

        Assert.Equal(Opcode.Response, answer.Opcode);
        Assert.InRange(refused, 1, Flood - 90);
        // The other edge's request was not behind all that was waiting.
        Assert.True(queued < 50 || queuedAfter > 0, $"{queued} were waiting before, {queuedAfter} after the other edge's answer.");
    }

    [Fact]
    public async Task A_token_bucket_ends_an_edges_flood_before_it_costs_a_signature_and_touches_nobody_else()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.Rsa3072, "site.test", new KeyRule { Rate = new UseRate(1, 20) });
        await server.StartAsync();
        await using var flooder = await server.ConnectAsync("edge-flooder");
        await using var other = await server.ConnectAsync("edge-other");
        var request = Requests.CertificateVerify(site, (ushort)SignatureScheme.RsaPssRsaeSha256, Hash);
        var began = System.Diagnostics.Stopwatch.GetTimestamp();

        await flooder.SendAsync(Many(request));
        var answers = new List<KeylessError>();
        while (answers.Count < Flood)
            answers.Add((await flooder.ReadAsync()).Error);

        var seconds = System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalSeconds;
        Assert.InRange(answers.Count(error => error == KeylessError.None), 20, 20 + (int)Math.Ceiling(seconds));
        Assert.All(answers, error => Assert.True(error is KeylessError.None or KeylessError.RateLimited));
        Assert.Equal(Opcode.Response, (await other.AskAsync(request)).Opcode);
    }

    [Fact]
    public async Task What_an_edge_asked_for_before_it_left_burns_no_signer()
    {
        await using var server = new AttackedKeyServer { Limits = new() { Workers = 1, QueueAge = TimeSpan.FromSeconds(30) } };
        var site = server.AddKey(TestKey.Rsa3072, "site.test");
        await server.StartAsync();
        var request = Requests.CertificateVerify(site, (ushort)SignatureScheme.RsaPssRsaeSha256, Hash);
        long dropped = 0;
        using var meters = new MeterListener();
        meters.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name == "latchkey.keyserver.dropped")
                listener.EnableMeasurementEvents(instrument);
        };
        meters.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref dropped, count));
        meters.Start();
        await using var leaver = await server.ConnectAsync("edge-leaver");

        await leaver.SendAsync(Many(request));
        // Only what the server has taken in can burn a signer; the rest goes with the connection.
        while (server.Status.Connections.Sum(connection => connection.Requests) <= Flood)
            await Task.Delay(1);
        leaver.Abort();
        while (server.Status.Queued > 0 || server.Status.Connections.Count > 0)
            await Task.Delay(5);

        // What was signed until the end of the connection was noticed is the rest.
        Assert.InRange(Interlocked.Read(ref dropped), Flood / 4, Flood);
    }

    private static byte[] Many(Request request) => [.. Enumerable.Range(1000, Flood).SelectMany(id => HostileEdge.Encode((uint)id, request))];
}
