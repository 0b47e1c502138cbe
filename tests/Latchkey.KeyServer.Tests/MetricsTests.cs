using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

public sealed class MetricsTests
{
    [Fact]
    public async Task Sealed_states_and_sessions_that_are_refused_are_counted_by_reason()
    {
        var seen = new ConcurrentBag<string>();
        await using var server = new TestKeyServer { RawOperations = false };
        using var listener = Listen(seen);
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        var exchange = new Tls12Exchange(site.Ski(), CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256);

        await edge.AskAsync(exchange.Agree(KeyExchangeLevel.Premaster, new byte[100], new byte[32]));
        await edge.AskAsync(TestRequests.Raw(Opcode.ResumeTls12, site.Ski(), [1]));

        Assert.Contains("latchkey.keyserver.requests agree_key_exchange state_not_opened 1", seen);
        Assert.Contains("latchkey.keyserver.requests resume_tls12 malformed 1", seen);
    }

    [Fact]
    public async Task Requests_are_counted_by_operation_and_outcome()
    {
        var seen = new ConcurrentBag<string>();
        await using var server = new TestKeyServer();
        using var listener = Listen(seen);
        var site = server.AddKey(TestKey.EcdsaP384, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        await edge.AskAsync(TestRequests.Raw(Opcode.EcdsaSignSha384, site.Ski(), new byte[48]));
        await edge.AskAsync(TestRequests.Raw(Opcode.EcdsaSignSha384, new byte[] { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, new byte[48]));
        listener.RecordObservableInstruments();

        Assert.Contains("latchkey.keyserver.requests raw_ecdsa_sha384 ok 1", seen);
        Assert.Contains("latchkey.keyserver.requests raw_ecdsa_sha384 key_not_found 1", seen);
        Assert.Contains("latchkey.keyserver.request.duration raw_ecdsa_sha384 True", seen);
        Assert.Contains("latchkey.keyserver.keys 1", seen);
    }

    private static MeterListener Listen(ConcurrentBag<string> seen)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == KeyServerMetrics.MeterName)
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            seen.Add($"{instrument.Name} {string.Join(' ', tags.ToArray().Select(t => t.Value))} {value}"));
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => seen.Add($"{instrument.Name} {value}"));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => seen.Add($"{instrument.Name} {(tags.IsEmpty ? "" : tags[0].Value)} {value > 0}"));
        listener.Start();
        return listener;
    }
}
