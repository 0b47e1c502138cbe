using System.Security.Cryptography;
using System.Text;
using Latchkey.Crypto;
using Latchkey.KeyServer.PreSharedKeys;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Tls12;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>Operation 4E: what it derives, and that it tells nobody which identities there are.</summary>
[Trait("Catalogue", "G4")]
public sealed class PskMasterSecretTests : IDisposable
{
    private const CipherSuite Suite = CipherSuite.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256;

    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] OtherSecret = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] ClientRandom = RandomNumberGenerator.GetBytes(32);
    private static readonly FreshServerRandom ServerRandom = FreshServerRandom.Create(DowngradeSentinel.None, TimeProvider.System);

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_master_secret_follows_from_the_key_the_exchange_and_the_messages(bool extendedMasterSecret)
    {
        await using var server = await StartAsync();
        var messages = Messages("alice", extendedMasterSecret);

        var reply = await AskAsync(server, messages);

        Assert.Equal(Opcode.Response, reply.Opcode);
        using var transcript = new Transcript(CryptoProvider.Default, DigestAlgorithm.Sha256);
        messages.ForEach(transcript.Append);
        using var otherSecret = SecretBytes.CopyOf(OtherSecret);
        using var key = SecretBytes.CopyOf(Key);
        using var premaster = PreSharedPremaster.Combine(otherSecret, key);
        using var master = MasterSecret.Derive(
            CryptoProvider.Default, DigestAlgorithm.Sha256, premaster, ClientRandom, ServerRandom.Value.Span, extendedMasterSecret ? (ReadOnlyMemory<byte>?)transcript.CurrentHash() : null);
        Assert.Equal(master.Span.ToArray(), reply.Payload);
    }

    // RFC 4279 §2: as if the identity existed and the key were another.
    [Theory]
    [InlineData("mallory", "edge-1")]
    [InlineData("", "edge-1")]
    [InlineData("alice", "edge-2")]
    public async Task An_identity_that_is_unknown_or_for_other_edges_gets_a_secret_like_any_other(string identity, string edge)
    {
        await using var server = await StartAsync("edge-1");
        var messages = Messages(identity);

        var first = await AskAsync(server, messages, edge: edge);
        var second = await AskAsync(server, messages, edge: edge);

        Assert.Equal((Opcode.Response, 48), (first.Opcode, first.Payload.Length));
        Assert.NotEqual(first.Payload, second.Payload);
    }

    [Fact]
    [Trait("Attack", "6")]
    public async Task Randoms_that_were_recorded_cannot_be_asked_about()
    {
        await using var server = await StartAsync();
        await AssertMalformedAsync(server, Messages("alice", serverRandom: RandomNumberGenerator.GetBytes(32)));
    }

    [Fact]
    public async Task What_is_not_of_one_piece_is_malformed()
    {
        await using var server = await StartAsync();
        await AssertMalformedAsync(server, Messages("alice"), suite: CipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256);
        await AssertMalformedAsync(server, Messages("alice"), suite: CipherSuite.TLS_DHE_PSK_WITH_AES_128_GCM_SHA256);
        await AssertMalformedAsync(server, [.. Messages("alice").Skip(1)]);
        await AssertMalformedAsync(server, [.. Messages("alice").SkipLast(1)]);
        await AssertMalformedAsync(server, [.. Messages("alice").SkipLast(1), HandshakeMessage.Encode(HandshakeType.ClientKeyExchange, [0, 9, 1])]);
        await AssertMalformedAsync(server, Messages("alice"), otherSecret: []);
        await AssertMalformedAsync(server, Messages("alice"), otherSecret: new byte[1025]);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task AssertMalformedAsync(TestKeyServer server, List<HandshakeMessage> messages, CipherSuite suite = Suite, byte[]? otherSecret = null)
    {
        var reply = await AskAsync(server, messages, suite, otherSecret);
        Assert.Equal((Opcode.Error, (byte)KeylessError.Malformed), (reply.Opcode, reply.Payload[0]));
    }

    private async Task<TestKeyServer> StartAsync(string? edge = null)
    {
        var server = new TestKeyServer
        {
            RawOperations = false,
            PreSharedKeys = [new PreSharedKeySource { Path = _folder.Write("psk", $"alice:{Convert.ToHexString(Key)}\n"), AllowedEdges = edge is null ? null : [edge] }],
        };
        server.AddKey(TestKey.EcdsaP256, "site.test");
        return await server.StartAsync();
    }

    private static async Task<Reply> AskAsync(TestKeyServer server, List<HandshakeMessage> messages, CipherSuite suite = Suite, byte[]? otherSecret = null, string edge = "edge-1")
    {
        await using var connection = await server.ConnectAsync(edge);
        await connection.NegotiateAsync();
        return await connection.AskAsync((ref items) =>
        {
            var fields = new FieldWriter(1024);
            new DerivePskMasterSecretRequest
            {
                Suite = (ushort)suite,
                ServerNonce = ServerRandom.Nonce.Span,
                Sentinel = 0,
                OtherSecret = otherSecret ?? OtherSecret,
                Messages = messages.SelectMany(message => message.Encoded.ToArray()).ToArray(),
            }.Write(ref fields);
            items.Opcode = Opcode.DerivePskMasterSecret;
            items.SubjectKeyIdentifier = TestKeyServer.Issue(TestKey.EcdsaP256, "site.test").Ski();
            items.Payload = fields.Written;
        });
    }

    private static List<HandshakeMessage> Messages(string identity, bool extendedMasterSecret = true, byte[]? serverRandom = null)
    {
        byte[] suite = [(byte)((ushort)Suite >> 8), (byte)((ushort)Suite & 0xFF)];
        byte[] extensions = extendedMasterSecret ? [0, 4, 0, 0x17, 0, 0] : [];
        var name = Encoding.ASCII.GetBytes(identity);
        return
        [
            HandshakeMessage.Encode(HandshakeType.ClientHello, [3, 3, .. ClientRandom, 0, 0, 2, .. suite, 1, 0, .. extensions]),
            HandshakeMessage.Encode(HandshakeType.ServerHello, [3, 3, .. serverRandom ?? ServerRandom.Value.ToArray(), 0, .. suite, 0, .. extensions]),
            HandshakeMessage.Encode(HandshakeType.ServerKeyExchange, [0, 0, 3, 0, 0x1D, 32, .. new byte[32]]),
            HandshakeMessage.Encode(HandshakeType.ServerHelloDone, []),
            HandshakeMessage.Encode(HandshakeType.ClientKeyExchange, [0, (byte)name.Length, .. name, 32, .. new byte[32]]),
        ];
    }
}
