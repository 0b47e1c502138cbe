using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.KeyServer.PreSharedKeys;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>
/// Operations 48 and 4F: which tickets and external keys open what. A ticket that is accepted shows by the wrong binder being found wrong: its key is nobody's to know here.
/// </summary>
[Trait("Catalogue", "X2")]
public sealed class Tls13SessionOperationsTests : IDisposable
{
    private const SignatureScheme Ecdsa = SignatureScheme.EcdsaSecp256r1Sha256;

    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    private readonly SecretBytes _sealing = SecretBytes.Random(32);
    private readonly TemporaryFolder _folder = new();

    [Fact]
    [Trait("Catalogue", "R4")]
    public async Task Tickets_come_with_the_answer_and_open_at_any_key_server_of_the_pool()
    {
        await using var pool = await PoolAsync();
        var ticket = await TicketAsync(pool.Edge);

        Assert.Equal(KeylessError.BinderWrong, (await ResumeAsync(pool.Edge, ticket)).Error);
        Assert.Equal(KeylessError.BinderWrong, (await ResumeAsync(pool.Second, ticket)).Error);
    }

    [Fact]
    [Trait("Catalogue", "R4")]
    public async Task A_ticket_does_not_open_where_the_sealing_secret_is_another()
    {
        await using var pool = await PoolAsync();
        await using var stranger = await StartAsync(sealing: null);
        await using var edge = await ConnectAsync(stranger);

        Assert.Equal(KeylessError.SessionUnknown, (await ResumeAsync(edge, await TicketAsync(pool.Edge))).Error);
    }

    public static TheoryData<string> Changes => [.. Changed.Keys];

    [Theory]
    [MemberData(nameof(Changes))]
    [Trait("Catalogue", "R10")]
    [Trait("Attack", "9")]
    public async Task A_session_does_not_go_on_where_something_has_changed(string what)
    {
        await using var pool = await PoolAsync();
        var ticket = await TicketAsync(pool.Edge);

        Assert.Equal(KeylessError.SessionUnknown, (await ResumeAsync(pool.Edge, ticket, Changed[what])).Error);
    }

    private static readonly Dictionary<string, Action<TestFlight>> Changed = new()
    {
        ["the site"] = flight => flight.Site = "other.test",
        ["the name"] = flight => flight.ServerName = flight.NameItem = "other.test",
        ["no name"] = flight => flight.ServerName = flight.NameItem = null,
        ["the application protocol"] = flight => flight.Protocol = "http/1.1",
        ["no application protocol"] = flight => flight.Protocol = null,
        ["the certificate"] = flight => flight.FingerprintItem = new byte[32],
        ["the digest"] = flight => flight.Suite = flight.OfferedSuite = (ushort)CipherSuite.TLS_AES_256_GCM_SHA384,
        ["a bit of the ticket"] = flight => flight.PreSharedKey!.Value.Identity[40] ^= 1,
        ["the key that names the ticket's keys"] = flight => flight.PreSharedKey!.Value.Identity[0] ^= 1,
        ["the ticket, cut"] = flight => flight.PreSharedKey = (flight.PreSharedKey!.Value.Identity[..20], null),
        ["the ticket, a byte"] = flight => flight.PreSharedKey = ([1], null),
        ["the kind"] = flight => flight.Kind = Tls13KeyKind.External,
    };

    [Fact]
    [Trait("Catalogue", "R10")]
    public async Task A_session_does_not_outlive_its_lifetime()
    {
        var time = new ShiftedTime();
        await using var pool = await PoolAsync(time);
        var ticket = await TicketAsync(pool.Edge);

        time.By = TimeSpan.FromMinutes(59);
        Assert.Equal(KeylessError.BinderWrong, (await ResumeAsync(pool.Edge, ticket)).Error);
        time.By = TimeSpan.FromMinutes(61);
        Assert.Equal(KeylessError.SessionUnknown, (await ResumeAsync(pool.Edge, ticket)).Error);
    }

    [Fact]
    [Trait("Attack", "3")]
    [Trait("Attack", "10")]
    public async Task No_other_operation_opens_a_ticket_whose_secret_no_edge_may_have()
    {
        await using var pool = await PoolAsync();
        var ticket = await TicketAsync(pool.Edge);
        var fields = new FieldWriter(1024);
        new OpenTicketRequest { Site = "site.test"u8, Ticket = ticket }.Write(ref fields);
        var payload = fields.Written.ToArray();

        var reply = await pool.Edge.AskAsync((ref items) =>
        {
            items.Opcode = Opcode.OpenTicket;
            items.SubjectKeyIdentifier = Site.Ski();
            items.Payload = payload;
        });

        Assert.Equal(KeylessError.SessionUnknown, reply.Error);
    }

    [Theory]
    [InlineData(Tls13Level.HandshakeSecret, 32)]
    [InlineData(Tls13Level.TrafficSecrets, 128)]
    [Trait("Catalogue", "G4")]
    public async Task An_external_key_is_answered_from_and_does_not_leave(Tls13Level level, int size)
    {
        await using var pool = await PoolAsync();

        var reply = await ResumeAsync(pool.Edge, "client-1"u8.ToArray(), flight =>
        {
            flight.Level = level;
            flight.Kind = Tls13KeyKind.External;
            flight.PreSharedKey = ("client-1"u8.ToArray(), Key);
        });

        Assert.True(ResumeTls13Reply.TryRead(reply.Payload, out var answer));
        Assert.Equal(size, answer.Answer.Secret.Length);
        Assert.True(answer.Session.IsEmpty);
        Assert.Equal(-1, reply.Payload.AsSpan().IndexOf(Key));
    }

    [Fact]
    [Trait("Catalogue", "G4")]
    public async Task An_external_key_that_the_client_does_not_have_shows_by_its_binder_and_an_unknown_one_is_unknown()
    {
        await using var pool = await PoolAsync();
        static Action<TestFlight> Offer(string identity, byte[] key) => flight =>
        {
            flight.Kind = Tls13KeyKind.External;
            flight.PreSharedKey = (System.Text.Encoding.ASCII.GetBytes(identity), key);
        };

        Assert.Equal(KeylessError.BinderWrong, (await ResumeAsync(pool.Edge, [1], Offer("client-1", new byte[32]))).Error);
        Assert.Equal(KeylessError.SessionUnknown, (await ResumeAsync(pool.Edge, [1], Offer("client-2", Key))).Error);
    }

    [Fact]
    [Trait("Catalogue", "G4")]
    [Trait("Attack", "13")]
    public async Task An_external_key_is_for_the_clients_of_its_edges_alone()
    {
        await using var pool = await PoolAsync();
        await using var other = await pool.First.ConnectAsync("edge-2");
        await other.NegotiateAsync();

        var reply = await ResumeAsync(other, [1], flight =>
        {
            flight.Kind = Tls13KeyKind.External;
            flight.PreSharedKey = ("client-1"u8.ToArray(), Key);
        });

        Assert.Equal(KeylessError.SessionUnknown, reply.Error);
    }

    [Fact]
    public async Task Neither_shared_secret_nor_private_value_nor_an_index_beyond_the_identities_is_answered()
    {
        await using var pool = await PoolAsync();
        var ticket = await TicketAsync(pool.Edge);

        foreach (var level in new[] { Tls13Level.SharedSecret, Tls13Level.PrivateValue })
            Assert.Equal(KeylessError.Malformed, (await ResumeAsync(pool.Edge, ticket, flight => flight.Level = level)).Error);
        Assert.Equal(KeylessError.Malformed, (await ResumeAsync(pool.Edge, ticket, flight => flight.ChangePrefix = prefix => { prefix[^9] ^= 1; return prefix; })).Error);
        Assert.Equal(KeylessError.Malformed, (await ResumeAsync(pool.Edge, ticket, flight => flight.ChangeParameters = _ => TestFlight.CertificateMessage(Site.Certificate))).Error);
    }

    [Fact]
    [Trait("Catalogue", "F2")]
    public async Task The_Finished_of_a_client_with_a_certificate_is_verified_at_any_key_server_of_the_pool()
    {
        await using var pool = await PoolAsync();
        var handshake = await Asked.BeginAsync(pool.Edge);

        Assert.True(VerifyFinishedReply.TryRead((await pool.Second.AskAsync(handshake.Finished())).Payload, out var right));
        Assert.True(right.IsRight);
        Assert.False(right.Tickets.IsEmpty);
        Assert.True(VerifyFinishedReply.TryRead((await pool.Edge.AskAsync(handshake.Finished(verifyData: new byte[32]))).Payload, out var wrong));
        Assert.False(wrong.IsRight);
        Assert.True(wrong.Tickets.IsEmpty);
    }

    [Fact]
    [Trait("Attack", "9")]
    [Trait("Catalogue", "G1")]
    public async Task No_ticket_names_a_client_that_has_not_proven_to_have_its_key()
    {
        // An edge has all it takes to play the client, up to a right Finished; what it lacks is the key of the certificate that it would like to be.
        await using var pool = await PoolAsync();
        var victim = TestKeyServer.Issue(TestKey.EcdsaP256, "admin.test");
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(victim.PrivateKey, out _);

        var forged = await Asked.BeginAsync(pool.Edge, transcript => Shown(victim, own, transcript));
        var honest = await Asked.BeginAsync(pool.Edge, transcript => Shown(victim, key, transcript));

        Assert.Equal(KeylessError.Malformed, (await pool.Edge.AskAsync(forged.Finished())).Error);
        Assert.True(VerifyFinishedReply.TryRead((await pool.Edge.AskAsync(honest.Finished())).Payload, out var right));
        Assert.True(right.IsRight);
        Assert.False(right.Tickets.IsEmpty);
    }

    /// <summary>Certificate and CertificateVerify of a client.</summary>
    private static byte[] Shown(TestCertificate client, ECDsa key, byte[] transcript)
    {
        var certificate = TestFlight.CertificateMessage(client.Certificate);
        byte[] content = [.. Enumerable.Repeat((byte)0x20, 64), .. "TLS 1.3, client CertificateVerify\0"u8, .. SHA256.HashData([.. transcript, .. certificate])];
        var signature = key.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return [.. certificate, .. TestFlight.Message(15, [4, 3, 0, (byte)signature.Length, .. signature])];
    }

    [Fact]
    [Trait("Attack", "6")]
    [Trait("Attack", "9")]
    public async Task A_sealed_state_that_is_altered_of_another_edge_or_flight_or_too_old_is_refused()
    {
        var time = new ShiftedTime();
        await using var pool = await PoolAsync(time);
        var handshake = await Asked.BeginAsync(pool.Edge);
        var other = await Asked.BeginAsync(pool.Edge);
        await using var edge = await pool.First.ConnectAsync("edge-2");
        await edge.NegotiateAsync();
        var altered = handshake.State.ToArray();
        altered[^1] ^= 1;

        Assert.Equal(KeylessError.StateNotOpened, (await pool.Edge.AskAsync(handshake.Finished(altered))).Error);
        Assert.Equal(KeylessError.StateNotOpened, (await pool.Edge.AskAsync(handshake.Finished([]))).Error);
        Assert.Equal(KeylessError.StateNotOpened, (await edge.AskAsync(handshake.Finished())).Error);
        Assert.Equal(KeylessError.Malformed, (await pool.Edge.AskAsync(handshake.Finished(other.State))).Error);
        Assert.Equal(KeylessError.None, (await pool.Edge.AskAsync(handshake.Finished())).Error);
        time.By = TimeSpan.FromSeconds(61);
        Assert.Equal(KeylessError.StateNotOpened, (await pool.Edge.AskAsync(handshake.Finished())).Error);
    }

    public void Dispose()
    {
        _sealing.Dispose();
        _folder.Dispose();
    }

    private static TestCertificate Site { get; } = TestKeyServer.Issue(TestKey.EcdsaP256, "site.test");

    private static TestFlight Flight(Action<TestFlight> change)
    {
        var flight = new TestFlight(Site, Ecdsa) { Level = Tls13Level.TrafficSecrets };
        change(flight);
        return flight;
    }

    private static async Task<byte[]> TicketAsync(TestEdge edge)
    {
        using var flight = Flight(flight => flight.Tickets = 2);
        var reply = await edge.AskAsync(flight.Request());
        Assert.True(AnswerTls13Reply.TryRead(reply.Payload, out var answer));
        var reader = new FieldReader(answer.Answer.Tickets);
        var first = Tls13TicketFields.Read(ref reader);
        var second = Tls13TicketFields.Read(ref reader);
        Assert.True(reader.IsComplete);
        Assert.Equal(3600u, first.LifetimeSeconds);
        Assert.False(first.Nonce.SequenceEqual(second.Nonce));
        return first.Ticket.ToArray();
    }

    private static async Task<Reply> ResumeAsync(TestEdge edge, byte[] ticket, Action<TestFlight>? change = null)
    {
        using var flight = Flight(flight => flight.PreSharedKey = (ticket.ToArray(), null));
        change?.Invoke(flight);
        return await edge.AskAsync(flight.Request());
    }

    private async Task<TestKeyServer> StartAsync(SecretBytes? sealing, TimeProvider? time = null)
    {
        var file = _folder.Write("psk", $"client-1:{Convert.ToHexString(Key)}");
        var server = new TestKeyServer { SealingSecret = sealing, Time = time ?? TimeProvider.System, PreSharedKeys = [new PreSharedKeySource { Path = file, AllowedEdges = ["edge-1"] }] };
        server.AddKey(TestKey.EcdsaP256, "site.test");
        return await server.StartAsync();
    }

    private static async Task<TestEdge> ConnectAsync(TestKeyServer server)
    {
        var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        return edge;
    }

    private async Task<Pool> PoolAsync(TimeProvider? time = null)
    {
        var first = await StartAsync(_sealing, time);
        var second = await StartAsync(_sealing, time);
        return new Pool(first, second, await ConnectAsync(first), await ConnectAsync(second));
    }

    private sealed record Pool(TestKeyServer First, TestKeyServer Other, TestEdge Edge, TestEdge Second) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Edge.DisposeAsync();
            await Second.DisposeAsync();
            await First.DisposeAsync();
            await Other.DisposeAsync();
        }
    }

    /// <summary>A handshake whose client was asked for a certificate and has none.</summary>
    private sealed record Asked(byte[] State, byte[] Transcript, byte[] VerifyData)
    {
        /// <param name="shown">What the client sends after a transcript; null: an empty Certificate.</param>
        public static async Task<Asked> BeginAsync(TestEdge edge, Func<byte[], byte[]>? shown = null)
        {
            using var flight = Flight(flight => (flight.AsksForCertificate, flight.Tickets) = (true, 1));
            var reply = await edge.AskAsync(flight.Request());
            Assert.True(AnswerTls13Reply.TryRead(reply.Payload, out var answer));
            Assert.True(answer.Answer.ClientVerifyData.IsEmpty);
            Assert.True(answer.Answer.Tickets.IsEmpty);
            byte[] transcript =
            [
                .. flight.Messages(answer.Answer.ServerShare, answer.Signature),
                .. TestFlight.Message(20, answer.Answer.ServerVerifyData.ToArray()),
            ];
            transcript = [.. transcript, .. shown?.Invoke(transcript) ?? TestFlight.Message(11, [0, 0, 0, 0])];
            var finishedKey = new byte[32];
            Hkdf.ExpandLabel(CryptoProvider.Default, DigestAlgorithm.Sha256, answer.Answer.Secret[..32], "finished"u8, [], finishedKey);
            return new Asked(answer.Answer.State.ToArray(), transcript, HMACSHA256.HashData(finishedKey, SHA256.HashData(transcript)));
        }

        public RequestItems Finished(byte[]? state = null, byte[]? verifyData = null)
        {
            var fields = new FieldWriter(4096);
            new VerifyFinishedRequest { State = state ?? State, Transcript = Transcript, VerifyData = verifyData ?? VerifyData }.Write(ref fields);
            var payload = fields.Written.ToArray();
            return (ref items) =>
            {
                items.Opcode = Opcode.VerifyFinished;
                items.SubjectKeyIdentifier = Site.Ski();
                items.Payload = payload;
            };
        }
    }
}
