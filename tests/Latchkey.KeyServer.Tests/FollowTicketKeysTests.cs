using System.Diagnostics;
using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.KeyServer.Audit;
using Latchkey.KeyServer.Policy;
using Latchkey.Tickets;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Wire;
using Latchkey.Wire.Operations;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Tests;

/// <summary>Operation 52: an edge hears at once that ticket keys have changed, and its question holds nothing up.</summary>
[Trait("Catalogue", "T1")]
public sealed class FollowTicketKeysTests
{
    private const uint Long = 30_000;

    [Fact]
    public async Task Whoever_knows_another_generation_is_answered_at_once_with_the_key_servers_time()
    {
        await using var server = await new TestKeyServer().StartAsync();
        await using var edge = await ConnectAsync(server);
        var before = (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

        var first = await FollowAsync(edge, 0, Long);
        var other = await FollowAsync(edge, first.Generation - 1, Long);
        var polled = await FollowAsync(edge, first.Generation, 0);

        Assert.Equal(first.Generation, other.Generation);
        Assert.Equal(first.Generation, polled.Generation);
        Assert.InRange(first.Time, before, (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task A_question_waits_until_the_next_key_is_made()
    {
        var clock = new SetClock();
        await using var server = await new TestKeyServer { Time = clock }.StartAsync();
        await using var edge = await ConnectAsync(server);
        var known = (await FollowAsync(edge, 0, 0)).Generation;
        var asked = FollowAsync(edge, known, Long);
        await Eventually.Is(() => server.Server.Status.Connections[0].Outstanding == 1);
        Assert.False(asked.IsCompleted);

        clock.Ahead += TimeSpan.FromHours(1);

        Assert.NotEqual(known, (await asked).Generation);
    }

    [Fact]
    public async Task Where_nothing_changes_it_is_answered_when_its_time_is_over()
    {
        await using var server = await new TestKeyServer().StartAsync();
        await using var edge = await ConnectAsync(server);
        var known = (await FollowAsync(edge, 0, 0)).Generation;
        var began = Stopwatch.GetTimestamp();

        var answer = await FollowAsync(edge, known, 300);

        Assert.Equal(known, answer.Generation);
        Assert.True(Stopwatch.GetElapsedTime(began) > TimeSpan.FromMilliseconds(250));
        await Eventually.Is(() => server.Server.Status.Connections[0].Outstanding == 0);
    }

    /// <summary>One may be outstanding here: what is parked is no work.</summary>
    [Fact]
    [Trait("Attack", "20")]
    public async Task A_parked_question_is_in_nobodys_way_and_there_is_one()
    {
        await using var server = await new TestKeyServer { Limits = new KeyServerLimits { OutstandingPerConnection = 1 } }.StartAsync();
        await using var edge = await ConnectAsync(server);
        var known = (await FollowAsync(edge, 0, 0)).Generation;

        await edge.SendAsync(TestEdge.Encode(1001, Follow(known, Long)));
        await edge.SendAsync(TestEdge.Encode(1002, (ref items) => items.Opcode = Opcode.Ping));
        Assert.Equal(1002u, (await edge.ReadAsync()).Id);
        await edge.SendAsync(TestEdge.Encode(1003, Follow(known, Long)));
        Assert.Equal(1001u, (await edge.ReadAsync()).Id);
        await edge.SendAsync(TestEdge.Encode(1004, (ref items) => items.Opcode = Opcode.Ping));
        Assert.Equal(1004u, (await edge.ReadAsync()).Id);
    }

    /// <summary>Each takes the place of the one before, which is answered: until it is, it counts.</summary>
    [Fact]
    [Trait("Attack", "20")]
    public async Task Questions_that_take_each_others_place_are_bounded_like_all_others()
    {
        const int most = 4;
        await using var server = await new TestKeyServer { Limits = new KeyServerLimits { OutstandingPerConnection = most } }.StartAsync();
        await using var edge = await ConnectAsync(server);
        var known = (await FollowAsync(edge, 0, 0)).Generation;
        const int questions = 5_000;
        var flood = Enumerable.Range(0, questions).SelectMany(i => TestEdge.Encode((uint)(2000 + i), Follow(known, Long))).ToArray();

        var sending = edge.SendAsync(flood);
        var highest = 0;
        var answered = ReadAllAsync();
        while (!answered.IsCompleted)
        {
            highest = Math.Max(highest, server.Server.Status.Connections[0].Outstanding);
            await Task.Yield();
        }
        await answered;
        await sending;

        Assert.InRange(highest, 1, most + 1);

        async Task ReadAllAsync()
        {
            for (var i = 1; i < questions; i++)
                await edge.ReadAsync();
        }
    }

    [Fact]
    public async Task A_key_server_that_stops_answers_what_is_parked_and_does_not_wait()
    {
        var limits = new KeyServerLimits { ConnectionDrain = TimeSpan.FromMinutes(5) };
        await using var server = await new TestKeyServer { Limits = limits }.StartAsync();
        await using var edge = await ConnectAsync(server);
        var known = (await FollowAsync(edge, 0, 0)).Generation;
        var asked = FollowAsync(edge, known, Long);
        await Eventually.Is(() => server.Server.Status.Connections[0].Outstanding == 1);

        // Where something is left, a drain takes its time; the question itself waits for half a minute.
        await server.Server.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        Assert.Equal(known, (await asked).Generation);
    }

    [Fact]
    public async Task An_edge_that_leaves_while_its_question_waits_leaves_nothing()
    {
        await using var server = await new TestKeyServer().StartAsync();
        var edge = await ConnectAsync(server);
        var known = (await FollowAsync(edge, 0, 0)).Generation;
        await edge.SendAsync(TestEdge.Encode(77, Follow(known, Long)));
        await Eventually.Is(() => server.Server.Status.Connections[0].Outstanding == 1);

        edge.Abort();

        await Eventually.Is(() => server.Server.Status.Connections.Count == 0);
    }

    [Fact]
    [Trait("Attack", "10")]
    public async Task A_reload_that_changes_who_may_have_keys_is_heard_at_once()
    {
        await using var server = new TestKeyServer { TicketKeys = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await ConnectAsync(server);
        var before = await KeysAsync(edge, site);
        var known = (await FollowAsync(edge, 0, 0)).Generation;
        var asked = FollowAsync(edge, known, Long);

        await server.Server.ReloadAsync(server.Options(s => s.Rules = [new KeyRule { Edges = ["edge-1"], Operations = KeyOperations.Standard | KeyOperations.TicketKeys }]), TestContext.Current.CancellationToken);

        Assert.NotEqual(known, (await asked).Generation);
        var after = await KeysAsync(edge, site);
        Assert.NotEqual(before.Audience, after.Audience);
        Assert.Empty(before.Names.Intersect(after.Names));
    }

    /// <summary>A custody takes the right away as well as an operation does.</summary>
    [Fact]
    [Trait("Attack", "10")]
    public async Task An_edge_whose_custody_is_narrowed_leaves_the_others_with_other_keys()
    {
        await using var server = new TestKeyServer { Rules = [Gives("edge-1"), Gives("edge-2")] };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await ConnectAsync(server);
        await using var other = await ConnectAsync(server, "edge-2");
        var stolen = await KeysAsync(other, site);
        Assert.Equal(stolen.Names, (await KeysAsync(edge, site)).Names);

        await server.Server.ReloadAsync(server.Options(s => s.Rules = [Gives("edge-1"), Gives("edge-2", KeyCustody.SessionKeys)]), TestContext.Current.CancellationToken);

        Assert.Equal(KeylessError.KeyNotFound, (await other.AskAsync(TestRequests.TicketKeys(site, "site.test"))).Error);
        var after = await KeysAsync(edge, site);
        Assert.NotEqual(stolen.Audience, after.Audience);
        Assert.Empty(stolen.Names.Intersect(after.Names));

        static KeyRule Gives(string edge, KeyCustody custody = KeyCustody.FetchedKey) => new() { Edges = [edge], Operations = KeyOperations.Standard | KeyOperations.TicketKeys, Custody = custody };
    }

    [Fact]
    public async Task What_is_no_question_and_whoever_has_not_exchanged_capabilities_is_refused()
    {
        await using var server = await new TestKeyServer().StartAsync();
        await using var stranger = await server.ConnectAsync();
        Assert.Equal(KeylessError.BadOpcode, (await stranger.AskAsync(Follow(0, 0))).Error);
        await using var edge = await ConnectAsync(server);

        foreach (var size in (int[])[0, 19, 21])
            Assert.Equal(KeylessError.Malformed, (await edge.AskAsync(TestRequests.Raw(Opcode.FollowTicketKeys, [], new byte[size]))).Error);
    }

    [Fact]
    [Trait("Catalogue", "T3")]
    public async Task The_roots_go_to_the_key_servers_that_are_named_and_to_nobody_else()
    {
        await using var server = new TestKeyServer { Time = new SetClock(), TicketKeys = true, Roots = new TicketKeyOptions { SharedWith = ["peer"] } };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var peer = await ConnectAsync(server, "peer");
        await using var edge = await ConnectAsync(server, "edge-1");

        var answer = await peer.AskAsync(Share());
        var roots = Roots(answer.Payload);
        Assert.Equal(2, roots.Count);
        var unknown = await edge.AskAsync(TestRequests.Raw(Opcode.TicketKeys, RandomNumberGenerator.GetBytes(20), [1, 65]));
        var refused = await edge.AskAsync(Share());
        Assert.Equal(KeylessError.KeyNotFound, refused.Error);
        Assert.Equal(unknown.Bytes.AsSpan(8).ToArray(), refused.Bytes.AsSpan(8).ToArray());
        Assert.Equal(KeylessError.Malformed, (await peer.AskAsync(TestRequests.Raw(Opcode.ShareTicketKeyRoots, [], [1]))).Error);
        // What an edge of the site gets is not what lies under it.
        Assert.Empty((await KeysAsync(edge, site)).Names.Intersect(roots));
        Assert.NotNull(server.Log.Find(3093));
    }

    [Fact]
    [Trait("Attack", "22")]
    public async Task Whoever_was_given_the_roots_is_in_the_audit_log()
    {
        await using var server = new TestKeyServer { Roots = new TicketKeyOptions { SharedWith = ["peer"] }, Audit = folder => new AuditOptions { Folder = folder } };
        await server.StartAsync();
        await using (var peer = await ConnectAsync(server, "peer"))
            Assert.NotEmpty(Roots((await peer.AskAsync(Share())).Payload));
        await server.Server.DisposeAsync();

        var record = Assert.Single(AuditEntry.Read(server.AuditFolder), entry => entry["operation"] == "share_ticket_key_roots");
        Assert.Equal(("use", "peer"), (record["kind"], record["edge"]));
    }

    /// <summary>Rotation that silently stops is what all known daemons have in common.</summary>
    [Fact]
    [Trait("Catalogue", "T1")]
    public async Task A_log_that_fails_for_a_while_ends_no_rotation()
    {
        var (clock, log) = (new SetClock(), new FailingLog());
        await using var server = new TestKeyServer { Time = clock };
        await using var keyServer = new KeyServer(server.Options(), log);
        await keyServer.StartAsync(TestContext.Current.CancellationToken);
        log.Fails = true;
        clock.Ahead += TimeSpan.FromHours(1);
        await Eventually.Is(() => log.Failures > 0);

        log.Fails = false;
        clock.Ahead += TimeSpan.FromHours(1);

        await Eventually.Is(() => keyServer.Status.TicketKeys is { IsFresh: true, IsNextPresent: true });
    }

    [Fact]
    [Trait("Catalogue", "T1")]
    public async Task Where_rotation_has_stopped_the_key_server_says_so_and_hands_out_no_key_that_seals()
    {
        var clock = new SetClock();
        await using var server = new TestKeyServer { TicketKeys = true, Time = clock };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await ConnectAsync(server);
        await server.Server.ReloadAsync(server.Options(s => s.Roots = new TicketKeyOptions { Generate = false }), TestContext.Current.CancellationToken);

        clock.Ahead += TimeSpan.FromHours(2);
        await Eventually.Is(() => server.Log.Find(3091) is not null);
        var stale = await KeysAsync(edge, site);
        Assert.Equal(2, stale.Names.Count);
        Assert.Equal(0, stale.Sealing(clock.GetUtcNow()));
        // Full handshakes go on, also those that the key server is asked about twice.
        var exchange = new Tls12Exchange(site.Ski(), CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256);
        Assert.Equal(KeylessError.None, (await edge.AskAsync(exchange.Offer(NamedGroup.X25519, SignatureScheme.EcdsaSecp256r1Sha256))).Error);

        await server.Server.ReloadAsync(server.Options(s => s.Roots = new TicketKeyOptions()), TestContext.Current.CancellationToken);
        await Eventually.Is(() => server.Log.Find(3092) is not null);
        Assert.Equal(1, (await KeysAsync(edge, site)).Sealing(clock.GetUtcNow()));
    }

    /// <summary>Key servers that cannot talk to each other have the same keys from one secret.</summary>
    [Fact]
    [Trait("Catalogue", "R5")]
    public async Task Two_key_servers_with_one_sealing_secret_hand_out_the_same_keys_under_one_audience()
    {
        using var secret = SecretBytes.Random(32);
        await using var a = new TestKeyServer { TicketKeys = true, SealingSecret = secret };
        await using var b = new TestKeyServer { TicketKeys = true, SealingSecret = secret, Authority = a.Authority };
        var site = a.AddKey(TestKey.EcdsaP256, "site.test");
        b.AddKey(TestKey.EcdsaP256, "site.test");
        await a.StartAsync();
        await b.StartAsync();
        await using var atA = await ConnectAsync(a);
        await using var atB = await ConnectAsync(b);

        var (ofA, ofB) = (await KeysAsync(atA, site), await KeysAsync(atB, site));

        Assert.Equal(ofA.Audience, ofB.Audience);
        Assert.True(ofA.Names.Intersect(ofB.Names).Count() >= 25); // a period may have passed in between
    }

    private static async Task<TestEdge> ConnectAsync(TestKeyServer server, string name = "edge-1")
    {
        var edge = await server.ConnectAsync(name);
        await edge.NegotiateAsync();
        return edge;
    }

    private static async Task<FollowTicketKeysReply> FollowAsync(TestEdge edge, UInt128 known, uint wait)
    {
        Assert.True(FollowTicketKeysReply.TryRead((await edge.AskAsync(Follow(known, wait))).Payload, out var reply));
        return reply;
    }

    private static RequestItems Follow(UInt128 known, uint wait)
    {
        var fields = new FieldWriter(FollowTicketKeysRequest.Size);
        new FollowTicketKeysRequest(known, wait).Write(ref fields);
        return TestRequests.Raw(Opcode.FollowTicketKeys, [], fields.Written.ToArray());
    }

    private static List<string> Roots(byte[] payload)
    {
        Assert.True(ShareTicketKeyRootsReply.TryRead(payload, out var reply));
        var roots = new List<string>();
        var fields = new FieldReader(reply.Roots);
        while (!fields.IsAtEnd)
            roots.Add(Convert.ToHexString(TicketKeyEntry.Read(ref fields).Name));
        Assert.True(fields.IsComplete);
        return roots;
    }

    private static RequestItems Share() => TestRequests.Raw(Opcode.ShareTicketKeyRoots, [], []);

    private static async Task<ReceivedKeys> KeysAsync(TestEdge edge, TestCertificate site) =>
        ReceivedKeys.Read((await edge.AskAsync(TestRequests.TicketKeys(site, "site.test"))).Payload);
}

/// <summary>The system's clock, set ahead so far that it is some twenty past: no period ends unless a test has it end.</summary>
internal sealed class SetClock : TimeProvider
{
    private long _ahead = (80 - DateTimeOffset.UtcNow.Minute) % 60 * TimeSpan.TicksPerMinute;

    public TimeSpan Ahead
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _ahead));
        set => Volatile.Write(ref _ahead, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow + Ahead;
}

/// <summary>What operation 4B answered.</summary>
internal sealed record ReceivedKeys(ulong Audience, List<string> Names, List<(ulong From, ulong Until)> Seals)
{
    public static ReceivedKeys Read(byte[] payload)
    {
        Assert.True(TicketKeysReply.TryRead(payload, out var reply));
        var keys = new ReceivedKeys(reply.Audience, [], []);
        var fields = new FieldReader(reply.Keys);
        while (!fields.IsAtEnd)
        {
            var entry = TicketKeyEntry.Read(ref fields);
            keys.Names.Add(Convert.ToHexString(entry.Name));
            keys.Seals.Add((entry.SealFrom, entry.SealUntil));
        }
        Assert.True(fields.IsComplete);
        return keys;
    }

    /// <summary>How many seal then.</summary>
    public int Sealing(DateTimeOffset moment) => (ulong)moment.ToUnixTimeMilliseconds() is var now ? Seals.Count(key => key.From <= now && now < key.Until) : 0;
}
