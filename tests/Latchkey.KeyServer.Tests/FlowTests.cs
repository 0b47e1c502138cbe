using System.Diagnostics;
using System.Security.Cryptography;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

public sealed class FlowTests
{
    [Fact]
    public async Task Pipelined_requests_are_all_answered_once()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        // More than may be outstanding: the server stops reading for a while, and neither side loses anything.
        const int count = 3000;
        var sending = Task.Run(async () =>
        {
            for (uint id = 0; id < count; id++)
                await edge.SendAsync(TestEdge.Encode(id, TestRequests.Raw(Opcode.EcdsaSignSha256, site.Ski(), new byte[32])));
        }, TestContext.Current.CancellationToken);
        var ids = new HashSet<uint>();
        for (var i = 0; i < count; i++)
        {
            var reply = await edge.ReadAsync();
            Assert.Equal(Opcode.Response, reply.Opcode);
            Assert.True(ids.Add(reply.Id));
        }
        await sending;
    }

    [Fact]
    public async Task An_edge_that_does_not_read_its_replies_is_not_read_either()
    {
        await using var server = await new TestKeyServer { Limits = new() { OutstandingPerConnection = 16 } }.StartAsync();
        await using var edge = await server.ConnectAsync();
        const int count = 400;
        var big = TestEdge.Encode(1, TestRequests.Raw(Opcode.Ping, [], new byte[60_000]));

        // 24 MB of pings: far more than the sockets hold.
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++)
                await edge.SendAsync(big);
        }, TestContext.Current.CancellationToken);
        await Task.WhenAny(sending, Task.Delay(1000, TestContext.Current.CancellationToken));

        Assert.False(sending.IsCompleted);
        Assert.InRange(Assert.Single(server.Server.Status.Connections).Outstanding, 1, 16);

        // Once it reads again, nothing has been lost.
        for (var i = 0; i < count; i++)
            Assert.Equal(Opcode.Pong, (await edge.ReadAsync()).Opcode);
        await sending;
    }

    [Theory]
    [InlineData("0200000800000001")] // another major version
    [InlineData("010000040000000111000515")] // item overruns the body
    [InlineData("0100000800000001110001151100011500")] // opcode twice
    [InlineData("01000005000000011100020515")] // opcode of two bytes
    [InlineData("010000060000000103000301020300")] // IP of three bytes
    [InlineData("474554202f20485454502f312e310d0a")] // GET / HTTP/1.1
    public async Task Malformed_bytes_close_the_connection_without_a_reply_and_disturb_nobody(string bytes)
    {
        await using var server = await new TestKeyServer().StartAsync();
        await using var edge = await server.ConnectAsync();
        await using var other = await server.ConnectAsync("edge-2");

        await edge.SendAsync(Convert.FromHexString(bytes));

        Assert.True(await edge.IsClosedAsync());
        Assert.Equal(Opcode.Pong, (await other.AskAsync((ref i) => i.Opcode = Opcode.Ping)).Opcode);
        Assert.NotNull(server.Log.Find(3014));
    }

    [Fact]
    public async Task Random_bytes_never_crash_or_hang()
    {
        await using var server = new TestKeyServer();
        server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        var random = new Random(4711);
        for (var round = 0; round < 60; round++)
        {
            await using var edge = await server.ConnectAsync();
            var bytes = new byte[random.Next(1, 3000)];
            random.NextBytes(bytes);
            if (round % 2 == 0)
            {
                // A right header, so that the body is looked at.
                byte[] header = [1, 0, (byte)((bytes.Length - 8) >> 8), (byte)(bytes.Length - 8)];
                if (bytes.Length > 8)
                    header.CopyTo(bytes, 0);
            }
            try
            {
                await edge.SendAsync(bytes);
            }
            catch (IOException)
            {
                // Closed already: that is right.
            }
        }
        await using var after = await server.ConnectAsync();
        Assert.Equal(Opcode.Pong, (await after.AskAsync((ref i) => i.Opcode = Opcode.Ping)).Opcode);
    }

    [Fact]
    public async Task Requests_split_at_every_byte_are_understood()
    {
        await using var server = await new TestKeyServer().StartAsync();
        await using var edge = await server.ConnectAsync();
        var ping = TestEdge.Encode(3, TestRequests.Raw(Opcode.Ping, [], [1, 2, 3]));

        for (var split = 1; split < 40; split++)
        {
            await edge.SendAsync(ping.AsMemory(0, split));
            await edge.SendAsync(ping.AsMemory(split));
            Assert.Equal([1, 2, 3], (await edge.ReadAsync()).Payload);
        }
    }

    [Fact]
    public async Task The_largest_message_is_understood()
    {
        await using var server = await new TestKeyServer().StartAsync();
        await using var edge = await server.ConnectAsync();
        var payload = RandomNumberGenerator.GetBytes(65_535 - 4 - 3);

        var reply = await edge.AskAsync(TestRequests.Raw(Opcode.Ping, [], payload));

        Assert.Equal(payload, reply.Payload);
    }

    [Fact]
    [Trait("Catalogue", "D3")]
    public async Task A_ping_is_answered_with_the_load_to_those_that_know_of_it()
    {
        await using var server = await new TestKeyServer { Limits = new() { Workers = 3 } }.StartAsync();
        await using var edge = await server.ConnectAsync();
        Assert.False((await edge.AskAsync((ref i) => i.Opcode = Opcode.Ping)).TryLoad(out _));

        await edge.NegotiateAsync();

        Assert.True((await edge.AskAsync((ref i) => i.Opcode = Opcode.Ping)).TryLoad(out var load));
        Assert.Equal(new KeyServerLoad(0, 3, 0), load);
    }

    [Fact]
    public async Task A_silent_edge_is_closed_and_a_pinging_one_is_not()
    {
        var time = new SkippingTime();
        await using var server = await new TestKeyServer { Time = time }.StartAsync();
        await using var silent = await server.ConnectAsync("silent");
        await using var pinging = await server.ConnectAsync("pinging");

        for (var i = 0; i < 2; i++)
        {
            time.Skip(server.Limits.IdleTimeout * 0.6);
            Assert.Equal(Opcode.Pong, (await pinging.AskAsync((ref r) => r.Opcode = Opcode.Ping)).Opcode);
        }

        Assert.True(await silent.IsClosedAsync());
        await Eventually.Is(() => server.Log.Find(3011) is not null);
        Assert.Contains("silent", server.Log.Find(3011), StringComparison.Ordinal);
        Assert.Contains("idle", server.Log.Find(3011), StringComparison.Ordinal);
        Assert.Equal(Opcode.Pong, (await pinging.AskAsync((ref r) => r.Opcode = Opcode.Ping)).Opcode);
    }

    [Fact]
    [Trait("Attack", "20")]
    public async Task Over_the_bound_requests_are_refused_at_once_and_afterwards_all_is_well()
    {
        await using var server = new TestKeyServer { Limits = new() { QueuedRequests = 10, Workers = 1, QueueAge = TestKeyServer.LongQueueAge } };
        var site = server.AddKey(TestKey.Rsa3072, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var burst = Enumerable.Range(1, 200)
            .SelectMany(id => TestEdge.Encode((uint)id, TestRequests.Raw(Opcode.RsaSignSha256, site.Ski(), new byte[32]))).ToArray();

        var watch = Stopwatch.StartNew();
        await edge.SendAsync(burst);
        var replies = new List<Reply>();
        for (var i = 0; i < 200; i++)
            replies.Add(await edge.ReadAsync());

        Assert.Equal(200, replies.Select(r => r.Id).Distinct().Count());
        Assert.Contains(replies, r => r.Opcode == Opcode.Response);
        Assert.Contains(replies, r => r.Error == KeylessError.Internal); // a foreign edge knows no "overloaded"
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10));
        Assert.NotNull(server.Log.Find(3021));
        Assert.Equal(Opcode.Response, (await edge.AskAsync(TestRequests.Raw(Opcode.RsaSignSha256, site.Ski(), new byte[32]))).Opcode);
    }

    [Fact]
    public async Task The_queue_is_bounded_in_bytes_too()
    {
        await using var server = new TestKeyServer { Limits = new() { QueuedBytes = 100_000, Workers = 1, QueueAge = TestKeyServer.LongQueueAge } };
        var site = server.AddKey(TestKey.Rsa3072, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        RequestItems stuffed = (ref items) =>
        {
            items.Opcode = Opcode.RsaSignSha256;
            items.SubjectKeyIdentifier = site.Ski();
            items.Payload = new byte[32];
            items.Extra = new byte[60_000];
        };
        await edge.SendAsync(Enumerable.Range(1, 30).SelectMany(id => TestEdge.Encode((uint)id, stuffed)).ToArray());

        var replies = new List<Reply>();
        for (var i = 0; i < 30; i++)
            replies.Add(await edge.ReadAsync());

        Assert.Contains(replies, r => r.Opcode == Opcode.Response);
        Assert.Contains(replies, r => r.Error == KeylessError.Internal);
    }

    [Fact]
    public async Task An_edge_that_never_stops_sending_does_not_keep_the_server_from_stopping()
    {
        await using var server = await new TestKeyServer { Limits = new() { ConnectionDrain = TimeSpan.FromMilliseconds(300) } }.StartAsync();
        await using var edge = await server.ConnectAsync();
        var ping = TestEdge.Encode(1, TestRequests.Raw(Opcode.Ping, [], [1]));
        using var done = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
                await edge.SendAsync(ping);
        }, TestContext.Current.CancellationToken);
        var reading = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
                await edge.ReadAsync();
        }, TestContext.Current.CancellationToken);

        await server.Server.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        await done.CancelAsync();
        await Task.WhenAny(Task.WhenAll(sending, reading), Task.Delay(5000, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_latchkey_edge_is_told_that_the_server_is_overloaded()
    {
        await using var server = new TestKeyServer { Limits = new() { QueuedRequests = 1, Workers = 1, QueueAge = TestKeyServer.LongQueueAge } };
        var site = server.AddKey(TestKey.Rsa3072, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        await edge.SendAsync(Enumerable.Range(100, 50)
            .SelectMany(id => TestEdge.Encode((uint)id, TestRequests.Raw(Opcode.RsaSignSha256, site.Ski(), new byte[32]))).ToArray());

        var errors = new List<KeylessError>();
        for (var i = 0; i < 50; i++)
            errors.Add((await edge.ReadAsync()).Error);

        Assert.Equal([KeylessError.None, KeylessError.Overloaded], errors.Distinct().Order());
    }

    [Fact]
    public async Task A_request_that_waited_longer_than_the_edge_will_is_refused_unsigned()
    {
        await using var server = new TestKeyServer { Limits = new() { Workers = 1, QueueAge = TestKeyServer.LongQueueAge } };
        var site = server.AddKey(TestKey.Rsa3072, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        var patient = TestRequests.Raw(Opcode.RsaSignSha256, site.Ski(), new byte[32]);
        RequestItems impatient = (ref items) =>
        {
            patient(ref items);
            items.PatienceMilliseconds = 1;
        };

        // The second waits for the first 40 signatures, of about 2 ms each.
        await edge.SendAsync(Enumerable.Range(100, 40).SelectMany(id => TestEdge.Encode((uint)id, patient))
            .Concat(TestEdge.Encode(999, impatient)).ToArray());
        var replies = new List<Reply>();
        for (var i = 0; i < 41; i++)
            replies.Add(await edge.ReadAsync());

        Assert.Equal(KeylessError.Timeout, replies.Single(r => r.Id == 999).Error);
        Assert.Equal(40, replies.Count(r => r.Opcode == Opcode.Response));
    }

    [Fact]
    [Trait("Attack", "20")]
    public async Task A_flooding_edge_does_not_starve_another()
    {
        using var signer = new GatedProvider();
        await using var server = new TestKeyServer { Crypto = signer, Limits = new() { Workers = 1, QueueAge = TestKeyServer.LongQueueAge } };
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var flooder = await server.ConnectAsync("flooder");
        await using var flooder2 = await server.ConnectAsync("flooder");
        await using var modest = await server.ConnectAsync("modest");
        signer.Hold();
        await flooder.SendAsync(Many(900, site, 1));
        await flooder2.SendAsync(Many(900, site, 2));
        await Eventually.Is(() => server.Server.Status.Queued == 1799);
        await modest.SendAsync(Many(5, site, 3));
        await Eventually.Is(() => server.Server.Status.Queued == 1804);

        signer.LetThrough();
        for (var i = 0; i < 5; i++)
            Assert.Equal(Opcode.Response, (await modest.ReadAsync()).Opcode);

        // First come first served, the modest edge would have waited for the whole flood: it is served in turn with it.
        Assert.InRange(signer.Signed.ToList().FindLastIndex(hash => hash[0] == 3), 5, 12);
    }

    [Fact]
    [Trait("Attack", "20")]
    public async Task Queued_requests_of_an_edge_that_left_are_not_signed()
    {
        using var signer = new GatedProvider();
        await using var server = new TestKeyServer { Crypto = signer, Limits = new() { Workers = 1, QueueAge = TestKeyServer.LongQueueAge } };
        var site = server.AddKey(TestKey.Rsa3072, "site.test");
        await server.StartAsync();
        var leaving = await server.ConnectAsync("leaving");
        signer.Hold();
        await leaving.SendAsync(Many(1000, site, 1));
        await Eventually.Is(() => server.Server.Status.Queued == 999);

        leaving.Abort();
        await Eventually.Is(() => server.Server.Status.Connections.Count == 0);
        signer.LetThrough();
        await Eventually.Is(() => server.Server.Status.Queued == 0);
        await server.Server.StopAsync(TestContext.Current.CancellationToken);

        // The one that was under way.
        Assert.Single(signer.Signed);
    }

    [Fact]
    public async Task Draining_answers_what_is_in_flight_and_closes()
    {
        await using var server = new TestKeyServer { Limits = new() { Workers = 1, QueueAge = TestKeyServer.LongQueueAge, ConnectionDrain = TimeSpan.FromMinutes(5) } };
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var request = TestRequests.Raw(Opcode.RsaSignSha256, site.Ski(), new byte[32]);
        await edge.SendAsync(Enumerable.Range(1, 200).SelectMany(id => TestEdge.Encode((uint)id, request)).ToArray());
        await edge.ReadAsync();
        while (Assert.Single(server.Server.Status.Connections).Requests < 200)
            await Task.Delay(5, TestContext.Current.CancellationToken);

        var stopping = server.Server.StopAsync(TestContext.Current.CancellationToken);
        for (var i = 1; i < 200; i++)
            Assert.Equal(Opcode.Response, (await edge.ReadAsync()).Opcode);

        Assert.True(await edge.IsClosedAsync());
        await stopping.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<Exception>(() => server.ConnectAsync());
    }

    [Fact]
    public async Task Stopping_with_idle_connections_is_quick()
    {
        await using var server = await new TestKeyServer { Limits = new() { ConnectionDrain = TimeSpan.FromMinutes(5) } }.StartAsync();
        await using var one = await server.ConnectAsync();
        await using var two = await server.ConnectAsync();

        await server.Server.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.True(await one.IsClosedAsync());
    }

    [Fact]
    [Trait("Attack", "16")]
    public async Task Verifying_everything_still_answers()
    {
        await using var server = new TestKeyServer { Verify = SignatureVerification.All };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        var reply = await edge.AskAsync(TestRequests.Raw(Opcode.EcdsaSignSha256, site.Ski(), new byte[32]));

        Assert.True(site.Ecdsa().VerifyHash(new byte[32], reply.Payload, DSASignatureFormat.Rfc3279DerSequence));
    }

    private static byte[] Many(int count, TestCertificate site, byte mark)
    {
        var hash = new byte[32];
        hash[0] = mark;
        return [.. Enumerable.Range(1, count).SelectMany(id => TestEdge.Encode((uint)id, TestRequests.Raw(Opcode.RsaSignSha256, site.Ski(), hash)))];
    }
}
