using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>Operations 44 and 45: what the key server makes is what the client computes for itself, and nothing opens a state but the handshake it was sealed for.</summary>
public sealed class KeyExchangeOperationTests
{
    private const CipherSuite EcdheSuite = CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
    private const CipherSuite RsaSuite = CipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384;

    [Theory]
    [InlineData(NamedGroup.X25519, EcdheSuite)]
    [InlineData(NamedGroup.Secp256r1, EcdheSuite)]
    [InlineData(NamedGroup.Secp384r1, EcdheSuite)]
    [InlineData(NamedGroup.Ffdhe2048, CipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256)]
    [Trait("Catalogue", "K3")]
    public async Task The_premaster_secret_is_the_clients(NamedGroup group, CipherSuite suite)
    {
        await using var world = await World.StartAsync(suite == EcdheSuite ? TestKey.EcdsaP256 : TestKey.Rsa2048);
        var exchange = new Tls12Exchange(world.Site.Ski(), suite);
        var offer = await world.OfferAsync(exchange, group);
        using var client = CryptoProvider.Default.CreateKeyExchange(group);

        var reply = await world.Edge.AskAsync(exchange.Agree(KeyExchangeLevel.Premaster, offer.State, client.PublicValue.ToArray()));

        using var expected = client.DeriveSharedSecret(offer.PublicValue(group))!;
        Assert.Equal(expected.Span.ToArray(), reply.Payload);
    }

    [Fact]
    [Trait("Catalogue", "K3a")]
    public async Task The_private_value_is_handed_over_where_it_is_asked_for()
    {
        await using var world = await World.StartAsync();
        var offer = await world.OfferAsync(new Tls12Exchange(world.Site.Ski(), EcdheSuite), NamedGroup.X25519, handsOver: true);

        using var imported = CryptoProvider.Default.ImportKeyExchange(NamedGroup.X25519, offer.State);

        Assert.Equal(offer.PublicValue(NamedGroup.X25519), imported.PublicValue.ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Catalogue", "K3b")]
    public async Task The_master_secret_is_the_clients_with_and_without_extended_master_secret(bool extended)
    {
        await using var world = await World.StartAsync();
        var exchange = new Tls12Exchange(world.Site.Ski(), EcdheSuite) { Extended = extended };
        var offer = await world.OfferAsync(exchange, NamedGroup.X25519);
        using var client = CryptoProvider.Default.CreateKeyExchange(NamedGroup.X25519);
        var value = client.PublicValue.ToArray();

        var reply = await world.Edge.AskAsync(exchange.Agree(KeyExchangeLevel.MasterSecret, offer.State, value));

        using var premaster = client.DeriveSharedSecret(offer.PublicValue(NamedGroup.X25519))!;
        Assert.Equal(exchange.MasterSecret(premaster.Span.ToArray(), exchange.Messages(value)), reply.Payload);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Catalogue", "K5")]
    [Trait("Catalogue", "F2")]
    [Trait("Catalogue", "F3")]
    public async Task Key_block_and_both_Finished_values_are_the_clients(bool ticket)
    {
        await using var world = await World.StartAsync(TestKey.Rsa2048);
        var exchange = new Tls12Exchange(world.Site.Ski(), RsaSuite) { PromisesTicket = ticket };
        byte[] premaster = [3, 3, .. RandomNumberGenerator.GetBytes(46)];
        var encrypted = world.Site.Rsa().Encrypt(premaster, RSAEncryptionPadding.Pkcs1);

        var reply = await world.Edge.AskAsync(exchange.Agree(KeyExchangeLevel.SessionKeys, [], encrypted, session: ticket ? exchange.Facts(DateTimeOffset.UtcNow) : null));

        Assert.True(SessionKeysReply.TryRead(reply.Payload, out var keys));
        var messages = exchange.Messages(encrypted, prefix: 2);
        var master = exchange.MasterSecret(premaster, messages);
        Assert.Equal(exchange.KeyBlock(master, 2 * (32 + 4)), keys.KeyBlock.ToArray());
        Assert.Equal(exchange.VerifyData(master, "client finished", messages), keys.ClientVerifyData.ToArray());
        byte[] newSessionTicket = ticket ? Tls12Exchange.Message(4, [0, 0, 0x0E, 0x10, (byte)(keys.Ticket.Length >> 8), (byte)keys.Ticket.Length, .. keys.Ticket]) : [];
        byte[] all = [.. messages, .. Tls12Exchange.Message(20, keys.ClientVerifyData.ToArray()), .. newSessionTicket];
        Assert.Equal(exchange.VerifyData(master, "server finished", all), keys.ServerVerifyData.ToArray());
        Assert.Equal(ticket, !keys.Ticket.IsEmpty);
        Assert.Equal(-1, reply.Payload.AsSpan().IndexOf(master));
    }

    [Theory]
    [InlineData(KeyExchangeLevel.MasterSecret)]
    [InlineData(KeyExchangeLevel.SessionKeys)]
    [Trait("Attack", "7")]
    [Trait("Attack", "8")]
    public async Task Every_ciphertext_gets_an_answer_of_the_same_size(KeyExchangeLevel level)
    {
        await using var world = await World.StartAsync(TestKey.Rsa2048);
        var exchange = new Tls12Exchange(world.Site.Ski(), RsaSuite);
        byte[] premaster = [3, 3, .. RandomNumberGenerator.GetBytes(46)];
        var rsa = world.Site.Rsa();
        var good = rsa.Encrypt(premaster, RSAEncryptionPadding.Pkcs1);
        var expected = await world.Edge.AskAsync(exchange.Agree(level, [], good));
        byte[][] bad =
        [
            rsa.Encrypt([3, 1, .. premaster[2..]], RSAEncryptionPadding.Pkcs1), rsa.Encrypt(premaster[..47], RSAEncryptionPadding.Pkcs1),
            [0, .. RandomNumberGenerator.GetBytes(255)], [.. Enumerable.Repeat((byte)0xFF, 256)], good[..255], [],
        ];
        foreach (var ciphertext in bad)
        {
            var first = await world.Edge.AskAsync(exchange.Agree(level, [], ciphertext));
            var second = await world.Edge.AskAsync(exchange.Agree(level, [], ciphertext));

            Assert.Equal((Opcode.Response, expected.Bytes.Length, expected.Payload.Length), (first.Opcode, first.Bytes.Length, first.Payload.Length));
            // As a good one is when it is asked for again.
            Assert.Equal(first.Payload, second.Payload);
        }
    }

    [Fact]
    [Trait("Catalogue", "K3")]
    public async Task A_state_opens_for_its_edge_its_key_its_handshake_and_its_minute_only()
    {
        var time = new ShiftedTime();
        await using var world = await World.StartAsync(time: time);
        var other = world.Server.AddKey(TestKey.EcdsaP384, "other.test");
        await world.Server.Server.ReloadAsync(TestContext.Current.CancellationToken);
        await using var stranger = await world.Server.ConnectAsync("edge-2");
        await stranger.NegotiateAsync();
        var exchange = new Tls12Exchange(world.Site.Ski(), EcdheSuite);
        var state = (await world.OfferAsync(exchange, NamedGroup.X25519)).State;
        using var client = CryptoProvider.Default.CreateKeyExchange(NamedGroup.X25519);
        var value = client.PublicValue.ToArray();

        async Task<KeylessError> AskAsync(TestEdge edge, Tls12Exchange about, byte[] with) => (await edge.AskAsync(about.Agree(KeyExchangeLevel.Premaster, with, value))).Error;
        Assert.Equal(KeylessError.StateNotOpened, await AskAsync(stranger, exchange, state));
        Assert.Equal(KeylessError.StateNotOpened, await AskAsync(world.Edge, exchange with { Ski = other.Ski() }, state));
        Assert.Equal(KeylessError.StateNotOpened, await AskAsync(world.Edge, exchange with { ClientRandom = RandomNumberGenerator.GetBytes(32) }, state));
        Assert.Equal(KeylessError.StateNotOpened, await AskAsync(world.Edge, exchange with { Nonce = RandomNumberGenerator.GetBytes(32) }, state));
        for (var i = 0; i < state.Length; i += 7)
        {
            byte[] altered = [.. state];
            altered[i] ^= 1;
            Assert.Equal(KeylessError.StateNotOpened, await AskAsync(world.Edge, exchange, altered));
        }
        Assert.Equal(KeylessError.StateNotOpened, await AskAsync(world.Edge, exchange, state[..^1]));
        Assert.Equal(KeylessError.None, await AskAsync(world.Edge, exchange, state));
        // Asked again after a lost connection: the same answer, to the same edge, for the same handshake.
        Assert.Equal(KeylessError.None, await AskAsync(world.Edge, exchange, state));
        time.By = TimeSpan.FromSeconds(61);
        Assert.Equal(KeylessError.StateNotOpened, await AskAsync(world.Edge, exchange, state));
    }

    [Fact]
    [Trait("Catalogue", "K3")]
    [Trait("Catalogue", "D1")]
    public async Task Another_key_server_of_the_pool_answers_the_second_question_of_one_that_has_gone()
    {
        using var secret = SecretBytes.Random(32);
        await using var first = await World.StartAsync(secret: secret);
        await using var second = await World.StartAsync(secret: secret);
        await using var foreign = await World.StartAsync();
        var exchange = new Tls12Exchange(first.Site.Ski(), EcdheSuite);
        var offer = await first.OfferAsync(exchange, NamedGroup.Secp256r1);
        await first.Server.Server.StopAsync(TestContext.Current.CancellationToken);
        using var client = CryptoProvider.Default.CreateKeyExchange(NamedGroup.Secp256r1);
        var question = exchange.Agree(KeyExchangeLevel.Premaster, offer.State, client.PublicValue.ToArray());

        var reply = await second.Edge.AskAsync(question);

        using var expected = client.DeriveSharedSecret(offer.PublicValue(NamedGroup.Secp256r1))!;
        Assert.Equal(expected.Span.ToArray(), reply.Payload);
        Assert.Equal(KeylessError.StateNotOpened, (await foreign.Edge.AskAsync(question)).Error);
    }

    [Fact]
    [Trait("Attack", "18")]
    public async Task A_public_value_that_is_none_is_told_apart_from_every_failure()
    {
        await using var world = await World.StartAsync();
        var exchange = new Tls12Exchange(world.Site.Ski(), EcdheSuite);
        var state = (await world.OfferAsync(exchange, NamedGroup.X25519)).State;

        Assert.Equal(KeylessError.InvalidPublicValue, (await world.Edge.AskAsync(exchange.Agree(KeyExchangeLevel.Premaster, state, new byte[32]))).Error);
        Assert.Equal(KeylessError.InvalidPublicValue, (await world.Edge.AskAsync(exchange.Agree(KeyExchangeLevel.SessionKeys, state, new byte[31]))).Error);
    }

    [Fact]
    [Trait("Attack", "6")]
    [Trait("Attack", "21")]
    public async Task Messages_that_are_not_this_handshakes_are_malformed()
    {
        await using var world = await World.StartAsync(TestKey.Rsa2048);
        var exchange = new Tls12Exchange(world.Site.Ski(), RsaSuite);
        var encrypted = world.Site.Rsa().Encrypt([3, 3, .. new byte[46]], RSAEncryptionPadding.Pkcs1);
        var right = exchange.Messages(encrypted, prefix: 2);
        // A session recorded on the wire: nobody knows a nonce that its server random follows from.
        var recorded = exchange with { ForeignServerRandom = RandomNumberGenerator.GetBytes(32) };
        byte[][] wrong =
        [
            recorded.Messages(encrypted, prefix: 2),
            (exchange with { ClientRandom = RandomNumberGenerator.GetBytes(32) }).Messages(encrypted, prefix: 2),
            (exchange with { Suite = CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256 }).Messages(encrypted, prefix: 2),
            exchange.Messages([.. encrypted[..^1], (byte)(encrypted[^1] ^ 1)], prefix: 2),
            [.. (exchange with { Extended = false }).ClientHello, .. exchange.ServerHello, .. right[(exchange.ClientHello.Length + exchange.ServerHello.Length)..]],
            right[..^1], [.. right, 0], [.. exchange.ServerHello, .. exchange.ClientHello], exchange.ClientHello, [1, 0xFF, 0xFF, 0xFF],
        ];

        Assert.Equal(KeylessError.None, (await world.Edge.AskAsync(exchange.Agree(KeyExchangeLevel.MasterSecret, [], encrypted, right))).Error);
        Assert.Equal(KeylessError.Malformed, (await world.Edge.AskAsync((exchange with { NameForPolicy = "other.test" }).Agree(KeyExchangeLevel.MasterSecret, [], encrypted, right))).Error);
        foreach (var messages in wrong)
            Assert.Equal(KeylessError.Malformed, (await world.Edge.AskAsync(exchange.Agree(KeyExchangeLevel.MasterSecret, [], encrypted, messages))).Error);
    }

    [Fact]
    [Trait("Attack", "9")]
    [Trait("Catalogue", "G1")]
    public async Task A_session_says_of_its_client_only_what_the_handshake_has_shown()
    {
        await using var world = await World.StartAsync();
        var exchange = new Tls12Exchange(world.Site.Ski(), EcdheSuite) { PromisesTicket = true };
        var offer = await world.OfferAsync(exchange, NamedGroup.X25519);
        using var pair = CryptoProvider.Default.CreateKeyExchange(NamedGroup.X25519);
        var value = pair.PublicValue.ToArray();
        var victim = TestKeyServer.Issue(TestKey.EcdsaP256, "admin.test");
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(victim.PrivateKey, out _);
        byte[] list = Tls12Exchange.Message(0, victim.Certificate)[1..];
        byte[] shown =
        [
            .. exchange.ClientHello, .. exchange.ServerHello, .. Tls12Exchange.Message(14, []), .. Tls12Exchange.Message(11, [0, (byte)(list.Length >> 8), (byte)list.Length, .. list]),
            .. Tls12Exchange.Message(16, [(byte)value.Length, .. value]),
        ];
        var facts = exchange.Facts(DateTimeOffset.UtcNow);
        var named = facts with { ClientCertificates = [victim.Certificate] };

        async Task<KeylessError> AskAsync(byte[] messages, SessionFacts session) =>
            (await world.Edge.AskAsync(exchange.Agree(KeyExchangeLevel.SessionKeys, offer.State, value, messages, session))).Error;

        Assert.Equal(KeylessError.Malformed, await AskAsync(exchange.Messages(value), named));
        Assert.Equal(KeylessError.Malformed, await AskAsync(shown, named));
        Assert.Equal(KeylessError.Malformed, await AskAsync(Signed(own), named));
        Assert.Equal(KeylessError.Malformed, await AskAsync(Signed(key), named with { ClientCertificates = [victim.Certificate, victim.Certificate] }));
        Assert.Equal(KeylessError.Malformed, await AskAsync(exchange.Messages(value), facts with { ServerName = "other.test" }));
        Assert.Equal(KeylessError.None, await AskAsync(Signed(key), named));
        Assert.Equal(KeylessError.None, await AskAsync(exchange.Messages(value), facts));

        byte[] Signed(ECDsa by)
        {
            var signature = by.SignData(shown, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
            return [.. shown, .. Tls12Exchange.Message(15, [4, 3, 0, (byte)signature.Length, .. signature])];
        }
    }

    [Fact]
    public async Task What_does_not_go_together_is_refused()
    {
        await using var world = await World.StartAsync();
        var exchange = new Tls12Exchange(world.Site.Ski(), EcdheSuite);
        async Task<KeylessError> AskAsync(RequestItems request) => (await world.Edge.AskAsync(request)).Error;

        Assert.Equal(KeylessError.CryptographicFailure, await AskAsync(exchange.Offer(NamedGroup.X25519MlKem768, SignatureScheme.EcdsaSecp256r1Sha256)));
        Assert.Equal(KeylessError.CryptographicFailure, await AskAsync(exchange.Offer((NamedGroup)0x0019, SignatureScheme.EcdsaSecp256r1Sha256)));
        Assert.Equal(KeylessError.CryptographicFailure, await AskAsync(exchange.Offer(NamedGroup.X25519, SignatureScheme.RsaPssRsaeSha256)));
        Assert.Equal(KeylessError.CryptographicFailure, await AskAsync((exchange with { Suite = RsaSuite }).Agree(KeyExchangeLevel.MasterSecret, [], new byte[256])));
        Assert.Equal(KeylessError.Malformed, await AskAsync(exchange.Agree(KeyExchangeLevel.MasterSecret, [], new byte[32])));
        Assert.Equal(KeylessError.Malformed, await AskAsync((exchange with { Suite = RsaSuite }).Agree(KeyExchangeLevel.Premaster, [], new byte[256])));
        Assert.Equal(KeylessError.Malformed, await AskAsync(exchange.Agree((KeyExchangeLevel)4, [1], new byte[32])));
        Assert.Equal(KeylessError.Malformed, await AskAsync(Tls13Suite(exchange).Agree(KeyExchangeLevel.Premaster, [1], new byte[32])));
    }

    private static Tls12Exchange Tls13Suite(Tls12Exchange exchange) => exchange with { Suite = CipherSuite.TLS_AES_128_GCM_SHA256 };

    /// <summary>A key server with one key, and an edge of it.</summary>
    private sealed record World(TestKeyServer Server, TestCertificate Site, TestEdge Edge) : IAsyncDisposable
    {
        public static async Task<World> StartAsync(TestKey kind = TestKey.EcdsaP256, SecretBytes? secret = null, TimeProvider? time = null)
        {
            var server = new TestKeyServer { RawOperations = false, SealingSecret = secret, Time = time ?? TimeProvider.System };
            var site = server.AddKey(kind, "site.test");
            await server.StartAsync();
            var edge = await server.ConnectAsync();
            await edge.NegotiateAsync();
            return new World(server, site, edge);
        }

        /// <summary>An offer whose signature has been verified.</summary>
        public async Task<Offer> OfferAsync(Tls12Exchange exchange, NamedGroup group, bool handsOver = false)
        {
            using var certificate = Site.WithoutPrivateKey();
            using var key = CryptoProvider.Default.ImportPublicKey(certificate.PublicKey.ExportSubjectPublicKeyInfo());
            var scheme = key.Algorithm == KeyAlgorithm.Rsa ? SignatureScheme.RsaPssRsaeSha256 : SignatureScheme.EcdsaSecp256r1Sha256;
            var answer = await Edge.AskAsync(exchange.Offer(group, scheme, handsOver));
            Assert.True(OfferKeyExchangeReply.TryRead(answer.Payload, out var reply), answer.Error.ToString());
            Assert.True(key.Verify(scheme, [.. exchange.ClientRandom, .. exchange.ServerRandom, .. reply.Parameters], reply.Signature));
            return new Offer(reply.Parameters.ToArray(), reply.State.ToArray());
        }

        public async ValueTask DisposeAsync()
        {
            await Edge.DisposeAsync();
            await Server.DisposeAsync();
        }
    }

    private sealed record Offer(byte[] Parameters, byte[] State)
    {
        public byte[] PublicValue(NamedGroup group)
        {
            Assert.True(Tls.Messages.ServerKeyParameters.TryParse(Parameters, out var made, out var value));
            Assert.Equal(group, made);
            return value.ToArray();
        }
    }
}
