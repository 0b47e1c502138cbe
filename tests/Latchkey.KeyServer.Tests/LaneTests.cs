using System.Text;
using Latchkey.Testing;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

[Trait("Catalogue", "S2")]
public sealed class LaneTests
{
    private const int Places = 3;

    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private readonly TestCertificate _inDevice = TestKeyServer.Issue(TestKey.EcdsaP256, "device.test");

    // Every place of the device is taken and more requests wait, of the same edge on the same connection.
    [Fact]
    public async Task A_device_that_answers_nobody_holds_up_no_key_in_this_process()
    {
        using var device = new GatedKeyStore(_inDevice, Places);
        await using var server = await StartAsync(device);
        await using var edge = await server.ConnectAsync();
        for (uint id = 1; id <= 20; id++)
            await edge.SendAsync(TestEdge.Encode(id, SignInDevice()));
        await Eventually.Is(() => device.Inside == Places);

        for (uint id = 100; id < 200; id++)
        {
            await edge.SendAsync(TestEdge.Encode(id, SignHere(server)));
            Assert.Equal((id, Opcode.Response), await AnswerAsync(edge));
        }

        device.LetThrough();
        for (var i = 0; i < 20; i++)
            Assert.Equal(Opcode.Response, (await edge.ReadAsync()).Opcode);
    }

    [Fact]
    public async Task A_device_is_asked_for_as_many_operations_at_once_as_it_has_places()
    {
        using var device = new GatedKeyStore(_inDevice, Places);
        await using var server = await StartAsync(device);
        await using var edge = await server.ConnectAsync();
        for (uint id = 1; id <= 20; id++)
            await edge.SendAsync(TestEdge.Encode(id, SignInDevice()));
        await Eventually.Is(() => device.Inside == Places && server.Server.Status.Queued == 20 - Places);

        var lane = Assert.Single(server.Server.Status.Lanes, lane => lane.Name == "gated device");
        Assert.Equal((Places, Places, 20 - Places), (lane.Workers, lane.Busy, lane.Queued));
        await edge.NegotiateAsync();
        Assert.True((await edge.AskAsync((ref i) => i.Opcode = Opcode.Ping)).TryLoad(out var load));
        Assert.Equal(20 - Places, (int)load.Queued);
        Assert.True(load.WaitMicroseconds > 0);
        device.LetThrough();
        for (var i = 0; i < 20; i++)
            Assert.Equal(Opcode.Response, (await edge.ReadAsync()).Opcode);

        Assert.Equal(Places, device.Most);
        Assert.Equal(20, Assert.Single(server.Server.Status.Lanes, l => l.Name == "gated device").Answered);
    }

    // A quarter of what a connection may have outstanding: the rest is for other keys.
    [Fact]
    public async Task What_a_connection_asks_of_a_device_beyond_its_share_is_refused_as_the_devices_fault()
    {
        using var device = new GatedKeyStore(_inDevice, 1);
        await using var server = await StartAsync(device, new() { OutstandingPerConnection = 40, QueueAge = TestKeyServer.LongQueueAge });
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        await edge.SendAsync(TestEdge.Encode(900, SignInDevice()));
        await Eventually.Is(() => device.Inside == 1);
        for (uint id = 1; id <= 10; id++)
            await edge.SendAsync(TestEdge.Encode(id, SignInDevice()));
        await Eventually.Is(() => server.Server.Status.Queued == 10);

        var refused = await edge.AskFurtherAsync(800, SignInDevice());
        var served = await edge.AskFurtherAsync(801, SignHere(server));

        Assert.Equal((800u, KeylessError.DeviceBusy), (refused.Id, refused.Error));
        Assert.Equal((801u, Opcode.Response), (served.Id, served.Opcode));
        Assert.Contains("gated device", server.Log.Find(3021), StringComparison.Ordinal);
        device.LetThrough();
        for (var i = 0; i < 11; i++)
            Assert.Equal(Opcode.Response, (await edge.ReadAsync()).Opcode);
    }

    [Fact]
    public async Task What_has_waited_too_long_for_a_device_is_told_that_it_is_busy()
    {
        using var device = new GatedKeyStore(_inDevice, 1);
        var time = new SkippingTime();
        await using var server = await StartAsync(device, new() { QueueAge = TimeSpan.FromSeconds(20) }, time);
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        await edge.SendAsync(TestEdge.Encode(900, SignInDevice()));
        await Eventually.Is(() => device.Inside == 1);
        await edge.SendAsync(TestEdge.Encode(901, SignInDevice()));
        await Eventually.Is(() => server.Server.Status.Queued == 1);
        time.Skip(TimeSpan.FromSeconds(21));
        device.LetThrough();

        var replies = new[] { await edge.ReadAsync(), await edge.ReadAsync() };

        Assert.Equal(Opcode.Response, Assert.Single(replies, reply => reply.Id == 900).Opcode);
        Assert.Equal(KeylessError.DeviceBusy, Assert.Single(replies, reply => reply.Id == 901).Error);
    }

    // The key itself is not needed for a ticket: a client that resumes does not wait for the device.
    [Fact]
    public async Task What_needs_no_private_key_does_not_wait_for_the_device()
    {
        using var device = new GatedKeyStore(_inDevice, 1);
        await using var server = await StartAsync(device);
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        await edge.SendAsync(TestEdge.Encode(900, SignInDevice()));
        await Eventually.Is(() => device.Inside == 1);

        var reply = await edge.AskFurtherAsync(901, TicketKeys("device.test"));

        Assert.Equal((901u, Opcode.Response), (reply.Id, reply.Opcode));
        device.LetThrough();
        Assert.Equal(900u, (await edge.ReadAsync()).Id);
    }

    [Theory]
    [InlineData(true, KeylessError.DeviceBusy)]
    [InlineData(false, KeylessError.Internal)]
    public async Task A_device_that_fails_is_told_apart_from_a_key_that_fails_and_serves_again_afterwards(bool negotiated, KeylessError expected)
    {
        using var device = new GatedKeyStore(_inDevice, 1) { Failure = "the token was pulled out" };
        device.LetThrough();
        await using var server = await StartAsync(device);
        await using var edge = await server.ConnectAsync();
        if (negotiated)
            await edge.NegotiateAsync();

        var failed = await edge.AskFurtherAsync(800, SignInDevice());
        device.Failure = null;
        var served = await edge.AskFurtherAsync(801, SignInDevice());

        Assert.Equal(expected, failed.Error);
        Assert.Equal(Opcode.Response, served.Opcode);
        Assert.Contains("the token was pulled out", server.Log.Find(3023), StringComparison.Ordinal);
        Assert.Equal(1, Assert.Single(server.Server.Status.Lanes, l => l.Name == "gated device").Failed);
    }

    [Fact]
    public async Task A_key_server_stops_although_a_device_never_answers()
    {
        using var device = new GatedKeyStore(_inDevice, 1);
        var server = await StartAsync(device, new() { ConnectionDrain = TimeSpan.FromMilliseconds(100) });
        await using var edge = await server.ConnectAsync();
        await edge.SendAsync(TestEdge.Encode(900, SignInDevice()));
        await Eventually.Is(() => device.Inside == 1);

        await server.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel);

        device.LetThrough();
    }

    private async Task<TestKeyServer> StartAsync(GatedKeyStore device, KeyServerLimits? limits = null, TimeProvider? time = null)
    {
        var server = new TestKeyServer { KeyStores = [device], Limits = limits ?? new() { QueueAge = TestKeyServer.LongQueueAge }, Time = time ?? TimeProvider.System };
        server.AddKey(TestKey.EcdsaP256, "here.test");
        server.FurtherKeys.Add(new KeySource { Uri = "gated:key", RawOperations = true, TicketKeys = true });
        return await server.StartAsync();
    }

    private RequestItems SignInDevice() => TestRequests.Raw(Opcode.EcdsaSignSha256, _inDevice.Ski(), new byte[32]);

    private static RequestItems SignHere(TestKeyServer server) =>
        TestRequests.Raw(Opcode.EcdsaSignSha256, Convert.FromHexString(server.Server.Status.Keys[0].Ski), new byte[32]);

    private RequestItems TicketKeys(string site)
    {
        var fields = new FieldWriter(16);
        new TicketKeysRequest { Site = Encoding.UTF8.GetBytes(site) }.Write(ref fields);
        return TestRequests.Raw(Opcode.TicketKeys, _inDevice.Ski(), fields.Written.ToArray());
    }

    private static async Task<(uint, Opcode)> AnswerAsync(TestEdge edge)
    {
        var reply = await edge.ReadAsync();
        return (reply.Id, reply.Opcode);
    }
}

file static class FurtherQuestions
{
    public static async Task<Reply> AskFurtherAsync(this TestEdge edge, uint id, RequestItems request)
    {
        await edge.SendAsync(TestEdge.Encode(id, request));
        return await edge.ReadAsync();
    }
}
