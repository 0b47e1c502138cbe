using System.Security.Cryptography;
using Latchkey.Client.Custodies;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Tests;

/// <summary>What the holders of custodies <c>exchange</c>, <c>master-secret</c> and <c>session-keys</c> make of a key server's answers, good and bad.</summary>
public sealed class Tls12CustodyTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    private static readonly byte[] State = RandomNumberGenerator.GetBytes(155);

    public static TheoryData<string> Custodies => ["exchange", "master-secret", "session-keys"];

    [Theory]
    [MemberData(nameof(Custodies))]
    [Trait("Attack", "16")]
    public async Task A_signature_that_does_not_verify_is_not_used(string custody)
    {
        await using var link = await Link.StartAsync(world, custody, request => request == Opcode.OfferKeyExchange ? Offer(new byte[70]) : []);

        await Assert.ThrowsAsync<KeyHolderFailedException>(async () => await link.Holder.OfferAsync(NamedGroup.X25519, SignatureScheme.EcdsaSecp256r1Sha256, default));
    }

    [Theory]
    [MemberData(nameof(Custodies))]
    [Trait("Attack", "15")]
    public async Task Answers_cut_at_any_byte_are_the_key_servers_failure(string custody)
    {
        var offer = Offer(new byte[70]);
        for (var length = 0; length < offer.Length; length += 9)
        {
            await using var link = await Link.StartAsync(world, custody, _ => offer[..length]);
            await Assert.ThrowsAsync<KeyHolderFailedException>(async () => await link.Holder.OfferAsync(NamedGroup.X25519, SignatureScheme.EcdsaSecp256r1Sha256, default));
        }
        foreach (var length in new[] { 0, 1, 40, 47, 50, 64 })
        {
            await using var link = await Link.StartAsync(world, custody, _ => new byte[length]);
            // Without an offer it is an RSA key exchange, which custody exchange ends with a master secret.
            if (custody == "master-secret" && length >= 48)
                continue;
            await Assert.ThrowsAsync<KeyHolderFailedException>(async () => (await link.Holder.AgreeAsync(link.Agreement(), default)).Dispose());
        }
    }

    [Theory]
    [MemberData(nameof(Custodies))]
    [Trait("Attack", "18")]
    public async Task An_invalid_public_value_is_the_clients_fault(string custody)
    {
        await using var link = await Link.StartAsync(world, custody, _ => null);

        var failed = await Assert.ThrowsAsync<PeerMisbehavedException>(async () => await link.Holder.AgreeAsync(link.Agreement(), default));

        Assert.Equal(AlertDescription.IllegalParameter, failed.Alert);
    }

    [Fact]
    [Trait("Catalogue", "F2")]
    [Trait("Catalogue", "F3")]
    public async Task Finished_is_compared_with_what_the_key_server_told_and_ours_is_its_own()
    {
        byte[] client = [.. Enumerable.Repeat((byte)1, 12)], server = [.. Enumerable.Repeat((byte)2, 12)];
        await using var link = await Link.StartAsync(world, "session-keys", _ => [40, .. new byte[40], .. client, .. server, 0, 3, 7, 8, 9]);
        using var secrets = await link.Holder.AgreeAsync(link.Agreement(), default);

        Assert.True(await secrets.VerifyClientFinishedAsync(new byte[32], client, default));
        Assert.False(await secrets.VerifyClientFinishedAsync(new byte[32], server, default));
        Assert.Equal(server, (await secrets.ServerFinishedAsync(new byte[32], default)).ToArray());
        Assert.Equal([7, 8, 9], secrets.Ticket.ToArray());
        Assert.Null(secrets.MasterSecret);
    }

    [Fact]
    [Trait("Catalogue", "R10")]
    public async Task A_session_that_the_key_server_does_not_know_is_a_full_handshake()
    {
        await using var link = await Link.StartAsync(world, "session-keys", _ => null, KeylessError.SessionUnknown);

        Assert.Null(await link.Custody.ResumeTls12Async(link.Question([1, 2, 3]), default));
    }

    [Fact]
    [Trait("Catalogue", "R9")]
    public async Task An_identifier_that_the_edge_does_not_know_is_asked_about_nowhere()
    {
        using var memory = new Latchkey.Tickets.BoundedMemory(1, 1000, TimeProvider.System);
        var asked = 0;
        await using var link = await Link.StartAsync(world, "session-keys", _ => [(byte)asked++], options: new CustodyOptions { SealedSessions = memory });

        Assert.Null(await link.Custody.ResumeTls12Async(link.Question([]), default));
        Assert.Equal(0, asked);
    }

    private static byte[] Offer(byte[] signature)
    {
        byte[] parameters = [3, 0, 0x1D, 32, .. RandomNumberGenerator.GetBytes(32)];
        return [0, (byte)parameters.Length, .. parameters, 0, (byte)signature.Length, .. signature, 0, (byte)State.Length, .. State];
    }

    /// <summary>A key server that answers as told (null: with an error), and one holder that asks it.</summary>
    private sealed class Link : IAsyncDisposable
    {
        private readonly FakeKeyServer _server;
        private readonly KeyServerClient _client;
        private readonly HandshakeFacts _facts;
        private readonly Transcript _transcript = new(CryptoProvider.Default, DigestAlgorithm.Sha256);

        private Link(FakeKeyServer server, KeyServerClient client, Custody custody)
        {
            _server = server;
            _client = client;
            Custody = custody;
            _facts = RemoteKey.Of(TestKey.EcdsaP256).Handshake(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256);
            _transcript.Append(RemoteKey.Hello);
            Holder = custody.BeginTls12(_facts);
        }

        public Custody Custody { get; }

        public Tls12KeyHolder Holder { get; }

        public static async Task<Link> StartAsync(LinkWorld world, string custody, Func<Opcode, byte[]?> answer, KeylessError error = KeylessError.InvalidPublicValue, CustodyOptions? options = null)
        {
            var server = FakeKeyServer.Start(world);
            server.Answer = async (connection, message) =>
            {
                if (answer(message.Opcode) is { } payload)
                    await connection.RespondAsync(message.Id, payload);
                else
                    await connection.RefuseAsync(message.Id, error);
            };
            var client = world.Client(server.Port);
            client.Start();
            await client.WaitUntilConnectedAsync(TestContext.Current.CancellationToken);
            return new Link(server, client, client.CreateCustody(custody, options));
        }

        public Tls12Agreement Agreement() => new() { ClientValue = new byte[32], SessionHash = null, Transcript = _transcript };

        public Tls12ResumptionQuestion Question(byte[] ticket) => new()
        {
            Handshake = _facts,
            Terms = new ResumptionTerms
            {
                Version = TlsVersion.Tls12, CipherSuites = [], Site = "site", ServerName = null, ApplicationProtocol = null, CertificateFingerprints = [], Lifetime = TimeSpan.FromHours(1), Now = DateTimeOffset.UtcNow,
            },
            ClientHello = RemoteKey.Hello,
            Ticket = ticket,
            Renewal = null,
            ServerHello = (_, _) => HandshakeMessage.Encode(HandshakeType.ServerHello, new byte[40]),
        };

        public async ValueTask DisposeAsync()
        {
            Holder.Dispose();
            _transcript.Dispose();
            await _client.DisposeAsync();
            await _server.DisposeAsync();
        }
    }
}
