using System.Security.Cryptography;
using Latchkey.Client.Custodies;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Tests;

/// <summary>The custodies of TLS 1.3 over a key server that answers rightly, wrongly, or about the client.</summary>
[Trait("Catalogue", "X2")]
public sealed class Tls13CustodyTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    private const CipherSuite Suite = CipherSuite.TLS_AES_128_GCM_SHA256;
    private const int Size = 32;

    public static TheoryData<string> Custodies => ["exchange", "k3a", "master-secret", "session-keys"];

    [Theory]
    [MemberData(nameof(Custodies))]
    public async Task A_right_answer_is_taken_and_costs_one_question(string custody)
    {
        await using var asked = await Asked.StartAsync(world, custody);

        using var answer = await asked.AnswerAsync();

        Assert.Equal(asked.KeyServer.Share, answer!.ServerShare.ToArray());
        Assert.Equal(Size, answer.ClientTraffic.Length);
        Assert.Equal(Size, answer.VerifyData.Length);
        Assert.Equal(1, asked.KeyServer.Questions);
    }

    [Theory]
    [MemberData(nameof(Custodies))]
    [Trait("Attack", "16")]
    public async Task A_signature_that_does_not_verify_is_not_used(string custody)
    {
        await using var asked = await Asked.StartAsync(world, custody);
        asked.KeyServer.Spoil = signature => signature[^1] ^= 1;

        await Assert.ThrowsAsync<KeyHolderFailedException>(async () => await asked.AnswerAsync());
    }

    [Theory]
    [MemberData(nameof(Custodies))]
    [Trait("Attack", "12")]
    public async Task A_signature_over_another_flight_is_not_used(string custody)
    {
        await using var asked = await Asked.StartAsync(world, custody);
        asked.KeyServer.SignsShare = false;

        await Assert.ThrowsAsync<KeyHolderFailedException>(async () => await asked.AnswerAsync());
    }

    [Theory]
    [InlineData("k3a", 31)]
    [InlineData("master-secret", 31)]
    [InlineData("master-secret", 48)]
    [InlineData("session-keys", 127)]
    [InlineData("session-keys", 4 * 48)]
    public async Task A_secret_of_a_wrong_size_is_the_key_servers_failure(string custody, int size)
    {
        await using var asked = await Asked.StartAsync(world, custody);
        asked.KeyServer.SecretSize = size;

        await Assert.ThrowsAsync<KeyHolderFailedException>(async () => await asked.AnswerAsync());
    }

    [Theory]
    [MemberData(nameof(Custodies))]
    public async Task Bytes_that_are_no_answer_are_the_key_servers_failure(string custody)
    {
        await using var asked = await Asked.StartAsync(world, custody);
        foreach (var answer in new byte[][] { [1], [], new byte[64], RandomNumberGenerator.GetBytes(300) })
        {
            asked.KeyServer.Instead = answer;
            await Assert.ThrowsAnyAsync<KeyHolderFailedException>(async () => await asked.AnswerAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Custodies))]
    [Trait("Attack", "18")]
    public async Task A_share_that_the_key_server_finds_invalid_is_the_clients_fault(string custody)
    {
        await using var asked = await Asked.StartAsync(world, custody);
        asked.KeyServer.Refusal = KeylessError.InvalidPublicValue;

        var error = await Assert.ThrowsAsync<PeerMisbehavedException>(async () => await asked.AnswerAsync());

        Assert.Equal(AlertDescription.IllegalParameter, error.Alert);
    }

    [Theory]
    [MemberData(nameof(Custodies))]
    [Trait("Attack", "20")]
    public async Task A_hello_that_fills_a_message_of_the_link_ends_the_handshake_and_not_the_link(string custody)
    {
        await using var asked = await Asked.StartAsync(world, custody, helloSize: 65_000);

        var error = await Assert.ThrowsAsync<PeerIncompatibleException>(async () => await asked.AnswerAsync());

        Assert.Equal(AlertDescription.HandshakeFailure, error.Alert);
        Assert.Equal(0, asked.KeyServer.Questions);
    }

    [Fact]
    [Trait("Catalogue", "F2")]
    public async Task The_clients_Finished_is_compared_with_what_was_foretold()
    {
        await using var asked = await Asked.StartAsync(world, "session-keys");
        using var answer = await asked.AnswerAsync();

        Assert.True(await asked.Holder.VerifyClientFinishedAsync(asked.Transcript, asked.KeyServer.ClientVerifyData, default));
        Assert.False(await asked.Holder.VerifyClientFinishedAsync(asked.Transcript, new byte[Size], default));
        Assert.False(await asked.Holder.VerifyClientFinishedAsync(asked.Transcript, Array.Empty<byte>(), default));
        Assert.Equal(1, asked.KeyServer.Questions);
    }

    [Fact]
    [Trait("Catalogue", "R4")]
    public async Task A_session_that_is_unknown_leads_to_a_full_handshake_and_a_wrong_binder_to_decrypt_error()
    {
        await using var asked = await Asked.StartAsync(world, "session-keys");
        using var resumption = new PreSharedTls13KeyHolder(asked.Client, asked.Facts, Tls13KeyKind.Ticket, identity: 0);
        var question = asked.Question with { Scheme = null };

        asked.KeyServer.Refusal = KeylessError.SessionUnknown;
        Assert.Null(await resumption.AnswerAsync(question, default));

        asked.KeyServer.Refusal = KeylessError.BinderWrong;
        var error = await Assert.ThrowsAsync<PeerMisbehavedException>(async () => await resumption.AnswerAsync(question, default));
        Assert.Equal(AlertDescription.DecryptError, error.Alert);
    }

    /// <summary>One question on its way to one key server.</summary>
    private sealed record Asked(AnsweringKeyServer KeyServer, FakeKeyServer Server, KeyServerClient Client, Tls13KeyHolder Holder, Tls13Question Question, HandshakeFacts Facts) : IAsyncDisposable
    {
        public Transcript Transcript => Question.Transcript;

        public static async Task<Asked> StartAsync(LinkWorld world, string name, int helloSize = 200)
        {
            var key = RemoteKey.Of(TestKey.EcdsaP256);
            var keyServer = new AnsweringKeyServer(key);
            var server = FakeKeyServer.Start(world);
            server.Answer = keyServer.AnswerAsync;
            var client = world.Client(server.Port);
            client.Start();
            await client.WaitUntilConnectedAsync(TestContext.Current.CancellationToken);
            var custody = client.CreateCustody(name == "k3a" ? "exchange" : name, new CustodyOptions { HandOverPrivateValue = name == "k3a" });
            var facts = key.Handshake(Suite);
            var transcript = new Transcript(CryptoProvider.Default, DigestAlgorithm.Sha256);
            transcript.Append(HandshakeMessage.Encode(HandshakeType.ClientHello, new byte[helloSize]));
            using var share = CryptoProvider.Default.CreateKeyExchange(NamedGroup.X25519);
            var question = new Tls13Question
            {
                Group = NamedGroup.X25519,
                ClientShare = share.PublicValue,
                Transcript = transcript,
                ServerHelloPrefix = new byte[90],
                Parameters = [HandshakeMessage.Encode(HandshakeType.EncryptedExtensions, [0, 0]), HandshakeMessage.Encode(HandshakeType.Certificate, new byte[100])],
                Scheme = SignatureScheme.EcdsaSecp256r1Sha256,
            };
            return new Asked(keyServer, server, client, custody.BeginTls13(facts), question, facts);
        }

        public ValueTask<Tls13Answer?> AnswerAsync() => Holder.AnswerAsync(Question, default);

        public async ValueTask DisposeAsync()
        {
            Holder.Dispose();
            Transcript.Dispose();
            await Client.DisposeAsync();
            await Server.DisposeAsync();
        }
    }

    /// <summary>Answers operation 47 with secrets that are none and a signature that is right, unless told otherwise.</summary>
    private sealed class AnsweringKeyServer(RemoteKey key)
    {
        public byte[] Share { get; } = RandomNumberGenerator.GetBytes(Size);

        public byte[] ClientVerifyData { get; } = RandomNumberGenerator.GetBytes(Size);

        public int Questions { get; private set; }

        public Action<byte[]>? Spoil { get; set; }

        public bool SignsShare { get; set; } = true;

        public int? SecretSize { get; set; }

        public byte[]? Instead { get; set; }

        public KeylessError? Refusal { get; set; }

        public ValueTask AnswerAsync(FakeConnection connection, KeylessMessage message)
        {
            Questions++;
            return Refusal is { } error ? connection.RefuseAsync(message.Id, error) : connection.RespondAsync(message.Id, Instead ?? Answer(message));
        }

        private byte[] Answer(KeylessMessage message)
        {
            Assert.Equal(Opcode.AnswerTls13, message.Opcode);
            Assert.True(AnswerTls13Request.TryRead(message.Payload.Span, out var request));
            var question = request.Question;
            var hash = SHA256.HashData([.. question.Transcript, .. question.ServerHelloPrefix, .. SignsShare ? Share : new byte[Size], .. question.Parameters]);
            var signature = key.Sign((SignatureScheme)request.Scheme, CertificateVerifyContent.ForServer(hash));
            Spoil?.Invoke(signature);
            var isTraffic = question.Level == Tls13Level.TrafficSecrets;
            var fields = new FieldWriter(1024);
            new AnswerTls13Reply
            {
                Signature = signature,
                Answer = new Tls13AnswerFields
                {
                    ServerShare = Share,
                    Secret = RandomNumberGenerator.GetBytes(SecretSize ?? (isTraffic ? 4 * Size : Size)),
                    ServerVerifyData = isTraffic ? new byte[Size] : default,
                    ClientVerifyData = isTraffic ? ClientVerifyData : default,
                },
            }.Write(ref fields);
            return fields.Written.ToArray();
        }
    }
}
