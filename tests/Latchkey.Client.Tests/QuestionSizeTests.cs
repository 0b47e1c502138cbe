using System.Security.Cryptography;
using System.Text;
using Latchkey.Client.Custodies;
using Latchkey.Client.Relay;
using Latchkey.Client.Tickets;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Relay;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tls12;
using Latchkey.Wire;

namespace Latchkey.Client.Tests;

/// <summary>A client may send more than the link takes in one message: the alert is the client's, and the key server hears nothing of it (attack 20).</summary>
[Trait("Attack", "20")]
public sealed class QuestionSizeTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    private const CipherSuite Suite = CipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384;

    public static TheoryData<string, int> HellosByCustody =>
    [
        ("exchange", 60_000), ("master-secret", 60_000), ("session-keys", 60_000), ("session-keys", 65_540),
    ];

    [Theory]
    [MemberData(nameof(HellosByCustody))]
    public async Task A_hello_too_long_for_the_question_is_the_clients_failure(string custody, int size)
    {
        await using var link = await Link.StartAsync(world);
        using var holder = link.Client.CreateCustody(custody).BeginTls12(link.Facts());
        using var transcript = Handshake(size);

        var failed = await Assert.ThrowsAsync<PeerIncompatibleException>(async () => (await holder.AgreeAsync(Agreement(transcript, new byte[256]), default)).Dispose());

        Assert.Equal(AlertDescription.HandshakeFailure, failed.Alert);
        Assert.Equal(0, link.Questions);
    }

    [Fact]
    public async Task The_same_goes_for_a_hello_that_would_be_relayed()
    {
        await using var link = await Link.StartAsync(world);

        var failed = await Assert.ThrowsAsync<PeerIncompatibleException>(async () =>
            (await new KeyServerRelay(link.Client, finishedAtEdge: false).BeginAsync(link.Hello(65_000), default)).Dispose());

        Assert.Equal(AlertDescription.HandshakeFailure, failed.Alert);
        Assert.Equal(0, link.Questions);
    }

    [Fact]
    public async Task A_chain_that_leaves_clients_no_room_is_the_operators_to_hear_of()
    {
        await using var link = await Link.StartAsync(world);
        using var holder = link.Client.CreateCustody("session-keys").BeginTls12(link.Facts(chain: 50_000));
        using var transcript = Handshake(60_000);

        var failed = await Assert.ThrowsAsync<KeyHolderFailedException>(async () => (await holder.AgreeAsync(Agreement(transcript, new byte[256]), default)).Dispose());

        Assert.Contains("certificate chain", failed.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(60_000, 100)]
    [InlineData(65_540, 100)]
    [InlineData(30_000, 30_000)]
    [Trait("Catalogue", "R10")]
    public async Task A_session_that_cannot_be_asked_about_is_a_full_handshake(int hello, int ticket)
    {
        await using var link = await Link.StartAsync(world);
        var question = new Tls12ResumptionQuestion
        {
            Handshake = link.Facts(),
            Terms = new ResumptionTerms
            {
                Version = TlsVersion.Tls12, CipherSuites = [], Site = "site", ServerName = null, ApplicationProtocol = null, CertificateFingerprints = [], Lifetime = TimeSpan.FromHours(1), Now = DateTimeOffset.UtcNow,
            },
            ClientHello = HandshakeMessage.Encode(HandshakeType.ClientHello, new byte[hello - 4]),
            Ticket = new byte[ticket],
            Renewal = null,
            ServerHello = (_, _) => HandshakeMessage.Encode(HandshakeType.ServerHello, new byte[40]),
        };

        Assert.Null(await link.Client.CreateCustody("session-keys").ResumeTls12Async(question, default));
        Assert.Equal(0, link.Questions);
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(65_500)]
    [Trait("Catalogue", "R6")]
    public async Task What_is_longer_than_any_ticket_is_not_asked_about(int size)
    {
        await using var link = await Link.StartAsync(world);
        var store = new KeyServerTicketStore(link.Client, link.Key.Certificate, "site");

        Assert.Null(await store.FindAsync(new byte[size], null!, default));
        Assert.Equal(0, link.Questions);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Attack", "7")]
    [Trait("Catalogue", "K4")]
    public async Task A_ciphertext_longer_than_any_key_is_bad_padding_like_any_other(bool extended)
    {
        await using var link = await Link.StartAsync(world, answers: true);
        using var transcript = Handshake(300);
        var request = new RsaMasterSecretDerivation(
            link.Facts(), RandomNumberGenerator.GetBytes(40_000), 0x0303, new byte[32], FreshServerRandom.Create(DowngradeSentinel.Tls12, TimeProvider.System), extended ? transcript.CurrentHash() : (ReadOnlyMemory<byte>?)null, transcript);

        using var master = await new KeyServerKey(link.Client).DeriveMasterSecretAsync(request, default);

        Assert.Equal(MasterSecret.Size, master.Length);
        Assert.Equal(1, link.Questions);
    }

    [Fact]
    [Trait("Attack", "18")]
    public async Task A_public_value_longer_than_any_group_is_illegal()
    {
        await using var link = await Link.StartAsync(world, answers: true);
        using var transcript = Handshake(300);
        var facts = link.Facts();
        var questions = new Tls12Questions(link.Client, facts);
        using var state = SecretBytes.CopyOf(new byte[100]);

        var failed = await Assert.ThrowsAsync<PeerMisbehavedException>(async () =>
            (await questions.AgreeAsync(Wire.Operations.KeyExchangeLevel.Premaster, state, Agreement(transcript, new byte[65_000]), null, default)).Dispose());

        Assert.Equal(AlertDescription.IllegalParameter, failed.Alert);
        Assert.Equal(0, link.Questions);
    }

    private static Transcript Handshake(int size)
    {
        var transcript = new Transcript(CryptoProvider.Default, DigestAlgorithm.Sha384);
        transcript.Append(HandshakeMessage.Encode(HandshakeType.ClientHello, new byte[size - 4]));
        return transcript;
    }

    private static Tls12Agreement Agreement(Transcript transcript, byte[] value) => new() { ClientValue = value, SessionHash = null, Transcript = transcript };

    private sealed class Link : IAsyncDisposable
    {
        private readonly FakeKeyServer _server;

        private Link(FakeKeyServer server, KeyServerClient client)
        {
            _server = server;
            Client = client;
        }

        public RemoteKey Key { get; } = RemoteKey.Of(TestKey.Rsa2048);

        public KeyServerClient Client { get; }

        public int Questions { get; private set; }

        public static async Task<Link> StartAsync(LinkWorld world, bool answers = false)
        {
            var server = FakeKeyServer.Start(world);
            var client = world.Client(server.Port);
            client.Start();
            await client.WaitUntilConnectedAsync(TestContext.Current.CancellationToken);
            var link = new Link(server, client);
            server.Answer = (connection, message) =>
            {
                link.Questions++;
                return answers ? link.Key.AnswerAsync(connection, message) : connection.RefuseAsync(message.Id, KeylessError.Internal);
            };
            return link;
        }

        public HandshakeFacts Facts(int chain = 0)
        {
            var facts = Key.Handshake(Suite);
            return chain == 0 ? facts : facts with { Certificate = new TlsCertificate { Chain = [.. Key.Certificate.Chain, new byte[chain]], PublicKey = Key.PublicKey, Custody = Key.Certificate.Custody } };
        }

        public RelayedHello Hello(int size)
        {
            var facts = Facts();
            return new RelayedHello
            {
                Message = HandshakeMessage.Encode(HandshakeType.ClientHello, new byte[size]),
                Hello = facts.ClientHello,
                Site = new TlsSite { Name = "site", Certificates = [Key.Certificate] },
                Certificate = Key.Certificate,
                EndPoints = facts.EndPoints,
            };
        }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await _server.DisposeAsync();
        }
    }
}
