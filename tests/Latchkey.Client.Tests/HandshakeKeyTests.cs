using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;

namespace Latchkey.Client.Tests;

/// <summary>Both remote keys against real keys behind the wire: what comes back verifies with the certificate's key.</summary>
public sealed class HandshakeKeyTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    private static readonly byte[] ClientRandom = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] Parameters = RandomNumberGenerator.GetBytes(69);
    private static readonly byte[] Hash = RandomNumberGenerator.GetBytes(48);

    public static TheoryData<TestKey, SignatureScheme, bool> Signatures
    {
        get
        {
            var data = new TheoryData<TestKey, SignatureScheme, bool>();
            foreach (var raw in new[] { false, true })
            {
                data.Add(TestKey.EcdsaP256, SignatureScheme.EcdsaSecp256r1Sha256, raw);
                data.Add(TestKey.EcdsaP384, SignatureScheme.EcdsaSecp384r1Sha384, raw);
                data.Add(TestKey.Rsa2048, SignatureScheme.RsaPkcs1Sha256, raw);
                data.Add(TestKey.Rsa2048, SignatureScheme.RsaPkcs1Sha384, raw);
                data.Add(TestKey.Rsa2048, SignatureScheme.RsaPkcs1Sha512, raw);
                data.Add(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha256, raw);
                data.Add(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha384, raw);
                data.Add(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha512, raw);
                data.Add(TestKey.Ed25519, SignatureScheme.Ed25519, raw);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Signatures))]
    [Trait("Catalogue", "K2")]
    [Trait("Catalogue", "X1")]
    [Trait("Catalogue", "X3")]
    public async Task Signatures_for_both_versions_verify(TestKey kind, SignatureScheme scheme, bool raw)
    {
        var key = RemoteKey.Of(kind);
        await using var server = FakeKeyServer.Start(world, isLatchkey: !raw);
        server.Answer = key.AnswerAsync;
        await using var client = world.Client(server.Port);
        client.Start();
        IHandshakeKey remote = raw ? new RawKeyServerKey(client) : new KeyServerKey(client);
        var random = FreshServerRandom.Create(DowngradeSentinel.Tls12, TimeProvider.System);

        var exchange = await remote.SignServerKeyExchangeAsync(new ServerKeyExchangeSigning(key.Handshake(), scheme, ClientRandom, random, Parameters), default);
        var verify = await remote.SignCertificateVerifyAsync(new CertificateVerifySigning(key.Handshake(), scheme, Hash), default);

        Assert.True(key.PublicKey.Verify(scheme, [.. ClientRandom, .. random.Value.Span, .. Parameters], exchange.Span));
        Assert.True(key.PublicKey.Verify(scheme, CertificateVerifyContent.ForServer(Hash), verify.Span));
        Assert.False(remote.MustBeVerified); // they have been, where another key server can be asked
        AssertOriginWasSent(key, raw);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [Trait("Catalogue", "K1")]
    [Trait("Catalogue", "K4")]
    public async Task The_master_secret_of_an_RSA_key_exchange_is_the_clients(bool raw, bool extended)
    {
        var key = RemoteKey.Of(TestKey.Rsa2048);
        await using var server = FakeKeyServer.Start(world, isLatchkey: !raw);
        server.Answer = key.AnswerAsync;
        await using var client = world.Client(server.Port);
        client.Start();
        byte[] premaster = [3, 3, .. RandomNumberGenerator.GetBytes(46)];
        using var transcript = new Transcript(CryptoProvider.Default, DigestAlgorithm.Sha384);
        transcript.Append(RemoteKey.Hello);
        var request = Derivation(key, Encrypt(key, premaster), extended ? transcript.CurrentHash() : null) with { Transcript = transcript };

        using var master = await Remote(client, raw).DeriveMasterSecretAsync(request, default);

        var expected = RemoteKey.MasterSecret(DigestAlgorithm.Sha384, premaster, ClientRandom, request.ServerRandom.Value.Span, extended ? transcript.CurrentHash() : []);
        Assert.True(master.FixedTimeEquals(expected));
        // With extended master secret the key server is sent the handshake, not a hash of it (attack 6).
        Assert.Equal(raw ? Opcode.RsaDecrypt : extended ? Opcode.AgreeKeyExchange : Opcode.DeriveRsaMasterSecret, key.Last!.Opcode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Catalogue", "K1")]
    public async Task Bad_padding_version_or_length_give_a_master_secret_of_their_own_and_no_error(bool raw)
    {
        var key = RemoteKey.Of(TestKey.Rsa2048);
        await using var server = FakeKeyServer.Start(world, isLatchkey: !raw);
        server.Answer = key.AnswerAsync;
        await using var client = world.Client(server.Port);
        client.Start();
        byte[] premaster = [3, 3, .. RandomNumberGenerator.GetBytes(46)];
        byte[] wrongVersion = [3, 1, .. premaster.AsSpan(2)];
        var notBelowModulus = Enumerable.Repeat((byte)0xFF, 256).ToArray();
        var right = Encrypt(key, premaster);
        List<byte[]> seen = [];
        foreach (var ciphertext in new byte[][] { Encrypt(key, wrongVersion), Encrypt(key, premaster[..47]), [0, .. RandomNumberGenerator.GetBytes(255)], notBelowModulus, right[..255], [], [.. right, 0] })
        {
            var request = Derivation(key, ciphertext, null);
            using var first = await Remote(client, raw).DeriveMasterSecretAsync(request, default);
            using var second = await Remote(client, raw).DeriveMasterSecretAsync(request, default);

            Assert.Equal(48, first.Length);
            // A key server says the same to whoever asks twice, as it does of good padding (attack 7); a raw block is judged here, where nobody else can ask again.
            Assert.Equal(!raw, first.FixedTimeEquals(second.Span));
            Assert.DoesNotContain(seen, other => first.FixedTimeEquals(other));
            seen.Add(first.Span.ToArray());
        }
    }

    [Fact]
    public async Task A_foreign_key_server_cannot_serve_custody_signature_and_the_error_says_what_to_use()
    {
        var key = RemoteKey.Of(TestKey.EcdsaP256);
        await using var server = FakeKeyServer.Start(world, isLatchkey: false);
        await using var client = world.Client(server.Port);
        client.Start();

        var failed = await Assert.ThrowsAsync<KeyHolderFailedException>(async () =>
            await Remote(client, raw: false).SignCertificateVerifyAsync(new CertificateVerifySigning(key.Handshake(), SignatureScheme.EcdsaSecp256r1Sha256, Hash), default));

        Assert.Contains("speaks only the deployed protocol's raw operations: use \"custody\": \"premaster\"", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_master_secret_of_a_wrong_size_is_the_key_servers_failure()
    {
        var key = RemoteKey.Of(TestKey.Rsa2048);
        await using var server = FakeKeyServer.Start(world);
        server.Answer = (connection, message) => connection.RespondAsync(message.Id, new byte[47]);
        await using var client = world.Client(server.Port);
        client.Start();

        foreach (var raw in new[] { false, true })
            await Assert.ThrowsAsync<KeyHolderFailedException>(async () => await Remote(client, raw).DeriveMasterSecretAsync(Derivation(key, new byte[256], null), default));
    }

    [Fact]
    public void Custodies_are_created_by_name()
    {
        var client = world.Client(1);

        Assert.Equal("signature", client.CreateCustody("signature").Name);
        Assert.Equal("premaster", client.CreateCustody("premaster").Name);
        var wrong = Assert.Throws<ArgumentException>(() => client.CreateCustody("keys"));
        Assert.Contains("\"keys\"; there are signature, premaster", wrong.Message, StringComparison.Ordinal);
    }

    private static IHandshakeKey Remote(KeyServerClient client, bool raw) => raw ? new RawKeyServerKey(client) : new KeyServerKey(client);

    private static RsaMasterSecretDerivation Derivation(RemoteKey key, byte[] ciphertext, byte[]? sessionHash) => new(
        key.Handshake(CipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384), ciphertext, 0x0303, ClientRandom, FreshServerRandom.Create(DowngradeSentinel.Tls12, TimeProvider.System), sessionHash is null ? default(ReadOnlyMemory<byte>?) : sessionHash, null!);

    private static byte[] Encrypt(RemoteKey key, byte[] premaster)
    {
        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(key.PublicKey.SubjectPublicKeyInfo.Span, out _);
        return rsa.Encrypt(premaster, RSAEncryptionPadding.Pkcs1);
    }

    private static void AssertOriginWasSent(RemoteKey key, bool raw)
    {
        var items = key.Last!.Items;
        Assert.Equal("www.example.test"u8.ToArray(), items.ServerName.ToArray());
        Assert.Equal([192, 0, 2, 7], items.ClientIp.ToArray());
        Assert.Equal("2001:db8::1", IpItem.Read(items.ServerIp)!.ToString());
        Assert.Equal(raw, items.CertificateFingerprint.IsEmpty);
        Assert.Equal(raw, !items.Has(ItemTag.Patience));
        if (!raw)
            Assert.Equal(SHA256.HashData(key.Certificate.Chain[0].Span), items.CertificateFingerprint.ToArray());
    }
}
