using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.KeyServer.Audit;
using Latchkey.KeyServer.Freshness;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

/// <summary>A question about a nonce is answered once, at its time (X4); what was lost with a connection may be asked again.</summary>
[Trait("Catalogue", "X4")]
public sealed class FreshnessTests
{
    private const ushort Scheme = (ushort)SignatureScheme.EcdsaSecp256r1Sha256;

    private static readonly Listener.ConnectionLife Life = new(0);
    private static readonly byte[] Parameters = X25519Parameters();

    [Theory]
    [InlineData(0, true)]
    [InlineData(-50, true)]
    [InlineData(50, true)]
    [InlineData(-70, false)]
    [InlineData(70, false)]
    [InlineData(-100_000_000, false)]
    public async Task A_nonce_counts_at_its_time_give_or_take_the_window(int seconds, bool answered)
    {
        await using var world = await World.StartAsync();
        var time = new ShiftedTime { By = TimeSpan.FromSeconds(seconds) };

        var reply = await world.Edge.AskAsync(world.Question(NonceOf(time)));

        Assert.Equal(answered ? KeylessError.None : KeylessError.Replayed, reply.Error);
    }

    [Fact]
    public async Task A_nonce_without_a_time_is_refused()
    {
        await using var world = await World.StartAsync();

        Assert.Equal(KeylessError.Replayed, (await world.Edge.AskAsync(world.Question(RandomNumberGenerator.GetBytes(32)))).Error);
        Assert.Equal(KeylessError.Replayed, (await world.Edge.AskAsync(world.Question([.. Enumerable.Repeat((byte)0xFF, 32)]))).Error);
    }

    [Fact]
    public async Task A_question_is_answered_once_on_a_connection_and_the_refusal_is_on_record()
    {
        await using var world = await World.StartAsync();
        var question = world.Question(NonceOf(TimeProvider.System));

        Assert.Equal(KeylessError.None, (await world.Edge.AskAsync(question)).Error);
        Assert.Equal(KeylessError.Replayed, (await world.Edge.AskAsync(question)).Error);

        Assert.Contains("asked before", world.Server.Log.Find(3080), StringComparison.Ordinal);
        Assert.Equal(["ok", "replayed"], AuditEntry.Read(world.Server.AuditFolder).Where(record => record["kind"] == "use").Select(record => record["outcome"]));
    }

    [Fact]
    public async Task The_same_edge_may_ask_the_same_again_when_its_connection_was_lost_three_times()
    {
        await using var world = await World.StartAsync();
        var question = world.Question(NonceOf(TimeProvider.System));
        for (var attempt = 0; attempt < 4; attempt++)
        {
            var edge = await world.ConnectAsync();
            Assert.Equal(KeylessError.None, (await edge.AskAsync(question)).Error);
            edge.Abort();
            await world.UntilGone();
        }

        await using var last = await world.ConnectAsync();
        Assert.Equal(KeylessError.Replayed, (await last.AskAsync(question)).Error);
    }

    /// <summary>Its edge has taken the connection for dead; the key server has not heard of it yet.</summary>
    [Fact]
    public async Task The_same_edge_may_ask_the_same_again_on_a_connection_opened_since_the_first_fell_silent()
    {
        await using var world = await World.StartAsync();
        var question = world.Question(NonceOf(TimeProvider.System));
        await using var silent = await world.ConnectAsync();
        Assert.Equal(KeylessError.None, (await silent.AskAsync(question)).Error);

        await using var next = await world.ConnectAsync();
        Assert.Equal(KeylessError.None, (await next.AskAsync(question)).Error);
        Assert.Equal(KeylessError.Replayed, (await silent.AskAsync(question)).Error);
    }

    [Fact]
    public async Task A_connection_that_was_there_all_along_is_no_reason_to_ask_again()
    {
        await using var world = await World.StartAsync();
        var question = world.Question(NonceOf(TimeProvider.System));
        await using var other = await world.ConnectAsync();

        Assert.Equal(KeylessError.None, (await world.Edge.AskAsync(question)).Error);
        Assert.Equal(KeylessError.Replayed, (await other.AskAsync(question)).Error);
    }

    [Fact]
    public async Task Neither_another_edge_nor_another_question_gets_a_second_answer_with_a_nonce()
    {
        await using var world = await World.StartAsync();
        var nonce = NonceOf(TimeProvider.System);
        var first = await world.ConnectAsync();
        Assert.Equal(KeylessError.None, (await first.AskAsync(world.Question(nonce))).Error);
        first.Abort();
        await world.UntilGone();

        await using var other = await world.ConnectAsync("edge-2");
        Assert.Equal(KeylessError.Replayed, (await other.AskAsync(world.Question(nonce))).Error);
        await using var same = await world.ConnectAsync();
        Assert.Equal(KeylessError.Replayed, (await same.AskAsync(world.Question(nonce, clientRandom: RandomNumberGenerator.GetBytes(32)))).Error);
        Assert.Equal(KeylessError.None, (await same.AskAsync(world.Question(nonce))).Error);
    }

    [Fact]
    public async Task A_sealed_key_exchange_is_gone_on_with_once()
    {
        await using var world = await World.StartAsync();
        var exchange = new Tls12Exchange(world.Site.Ski(), CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256) { ServerName = "site.test" };
        var offer = await world.Edge.AskAsync(exchange.Offer(NamedGroup.X25519, SignatureScheme.EcdsaSecp256r1Sha256));
        Assert.True(Wire.Operations.OfferKeyExchangeReply.TryRead(offer.Payload, out var made));
        using var client = CryptoProvider.Default.CreateKeyExchange(NamedGroup.X25519);
        var value = client.PublicValue.ToArray();
        var state = made.State.ToArray();

        var keys = await world.Edge.AskAsync(exchange.Agree(Wire.Operations.KeyExchangeLevel.SessionKeys, state, value));
        // With the keys it has what its owner lets it have; the premaster secret would be more.
        var more = await world.Edge.AskAsync(exchange.Agree(Wire.Operations.KeyExchangeLevel.Premaster, state, value));

        Assert.Equal(KeylessError.None, keys.Error);
        Assert.Equal(KeylessError.Replayed, more.Error);
    }

    [Fact]
    public async Task What_failed_may_be_asked_again()
    {
        await using var world = await World.StartAsync();
        var exchange = new Tls12Exchange(world.Site.Ski(), CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256) { ServerName = "site.test" };
        var offer = await world.Edge.AskAsync(exchange.Offer(NamedGroup.X25519, SignatureScheme.EcdsaSecp256r1Sha256));
        Assert.True(Wire.Operations.OfferKeyExchangeReply.TryRead(offer.Payload, out var made));
        using var client = CryptoProvider.Default.CreateKeyExchange(NamedGroup.X25519);
        var value = client.PublicValue.ToArray();
        var state = made.State.ToArray();

        Assert.Equal(KeylessError.StateNotOpened, (await world.Edge.AskAsync(exchange.Agree(Wire.Operations.KeyExchangeLevel.SessionKeys, [.. state[..^1], (byte)~state[^1]], value))).Error);
        Assert.Equal(KeylessError.None, (await world.Edge.AskAsync(exchange.Agree(Wire.Operations.KeyExchangeLevel.SessionKeys, state, value))).Error);
    }

    [Fact]
    public async Task A_transcript_that_is_signed_again_is_answered_and_marked_in_the_log()
    {
        await using var world = await World.StartAsync();
        var question = TestRequests.CertificateVerify(world.Site.Ski(), Scheme, RandomNumberGenerator.GetBytes(32));

        Assert.Equal(KeylessError.None, (await world.Edge.AskAsync(question)).Error);
        Assert.Equal(KeylessError.None, (await world.Edge.AskAsync(question)).Error);

        Assert.Equal(["", "True"], AuditEntry.Read(world.Server.AuditFolder).Where(record => record["kind"] == "use").Select(record => record["repeated"]));
    }

    [Fact]
    public void What_may_have_been_forgotten_is_refused()
    {
        var time = new ShiftedTime();
        var seen = new SeenQuestions(new FreshnessOptions { Remembered = 100 }, time);
        var question = new AskedQuestion("edge", new Listener.ConnectionLife(0), 1);
        var start = time.GetUtcNow();
        for (var i = 0; i < 150; i++)
            Assert.Equal(FreshnessVerdict.Fresh, seen.Use(question, (UInt128)i, start.AddMilliseconds(i)));

        Assert.Equal(100, seen.Count);
        Assert.Equal(FreshnessVerdict.OutOfTime, seen.Use(question, 10, start.AddMilliseconds(10)));
        Assert.Equal(FreshnessVerdict.OutOfTime, seen.Use(question, 1000, start.AddMilliseconds(49)));
        Assert.Equal(FreshnessVerdict.Used, seen.Use(question, 60, start.AddMilliseconds(60)));
        Assert.Equal(FreshnessVerdict.Fresh, seen.Use(question, 1001, start.AddMilliseconds(60)));
    }

    [Fact]
    public void What_is_out_of_time_is_forgotten()
    {
        var time = new ShiftedTime();
        var seen = new SeenQuestions(new FreshnessOptions(), time);
        var question = new AskedQuestion("edge", new Listener.ConnectionLife(0), 1);
        for (var i = 0; i < 1000; i++)
            seen.Use(question, (UInt128)i, time.GetUtcNow());
        time.By = TimeSpan.FromSeconds(61);
        seen.Use(question, 5000, time.GetUtcNow());

        Assert.Equal(1, seen.Count);
    }

    /// <summary>Nonces from the end of the window outlive all others, and whoever fills the memory with them must not make those of others look old.</summary>
    [Fact]
    [Trait("Attack", "20")]
    public void An_edge_that_fills_the_memory_makes_nobody_elses_questions_late()
    {
        var time = new ShiftedTime();
        var seen = new SeenQuestions(new FreshnessOptions { Remembered = 100 }, time);
        var (flood, other) = (Of("flood"), Of("other"));
        var start = time.GetUtcNow();
        Assert.Equal(FreshnessVerdict.Fresh, seen.Use(other, 1, start));

        for (var i = 0; i < 500; i++)
            seen.Use(flood, (UInt128)(1000 + i), start.AddSeconds(40).AddMilliseconds(i));

        Assert.Equal(100, seen.Count);
        Assert.Equal(FreshnessVerdict.OutOfTime, seen.Use(flood, 1000, start.AddSeconds(40)));
        Assert.Equal(FreshnessVerdict.Fresh, seen.Use(other, 2, start.AddMilliseconds(1)));
        Assert.Equal(FreshnessVerdict.Used, seen.Use(other, 1, start));
    }

    /// <summary>Questions that fail cost the edge nothing and are let go of; so must be what was noted of their time.</summary>
    [Fact]
    [Trait("Attack", "20")]
    public void Questions_that_failed_take_no_memory()
    {
        var time = new ShiftedTime();
        var seen = new SeenQuestions(new FreshnessOptions { Remembered = 1000 }, time);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1_000_000; i++)
        {
            seen.Use(Of("flood"), (UInt128)i, time.GetUtcNow());
            seen.Forget((UInt128)i);
        }

        Assert.Equal(0, seen.Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    private static AskedQuestion Of(string edge) => new(edge, Life, 1);

    private static byte[] NonceOf(TimeProvider time) => FreshServerRandom.Create(DowngradeSentinel.None, time).Nonce.ToArray();

    private static byte[] X25519Parameters()
    {
        using var exchange = CryptoProvider.Default.CreateKeyExchange(NamedGroup.X25519);
        return Tls.Messages.ServerKeyParameters.Encode(NamedGroup.X25519, exchange.PublicValue.Span);
    }

    private sealed class World : IAsyncDisposable
    {
        private readonly byte[] _clientRandom = RandomNumberGenerator.GetBytes(32);

        public required TestKeyServer Server { get; init; }

        public required TestCertificate Site { get; init; }

        public required TestEdge Edge { get; init; }

        public static async Task<World> StartAsync()
        {
            var server = new TestKeyServer { Freshness = new FreshnessOptions(), Audit = AuditLogTests.Options };
            var site = server.AddKey(TestKey.EcdsaP256, "site.test");
            await server.StartAsync();
            var edge = await server.ConnectAsync();
            await edge.NegotiateAsync();
            return new World { Server = server, Site = site, Edge = edge };
        }

        public RequestItems Question(byte[] nonce, byte[]? clientRandom = null) => TestRequests.ServerKeyExchange(Site.Ski(), Scheme, clientRandom ?? _clientRandom, nonce, 0, Parameters);

        public async Task<TestEdge> ConnectAsync(string edge = "edge-1")
        {
            var connected = await Server.ConnectAsync(edge);
            await connected.NegotiateAsync();
            return connected;
        }

        /// <summary>Until the key server knows that only the first connection is left.</summary>
        public async Task UntilGone()
        {
            while (Server.Server.Status.Connections.Count > 1)
                await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            await Edge.DisposeAsync();
            await Server.DisposeAsync();
        }
    }
}
