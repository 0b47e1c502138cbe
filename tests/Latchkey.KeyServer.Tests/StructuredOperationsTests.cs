using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

[Trait("Catalogue", "X4")]
public sealed class StructuredOperationsTests
{
    private static readonly byte[] ClientRandom = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] Nonce = RandomNumberGenerator.GetBytes(32);

    // ServerECDHParams: named_curve, x25519, 32 bytes.
    private static readonly byte[] Parameters = [3, 0, 0x1D, 32, .. RandomNumberGenerator.GetBytes(32)];

    [Fact]
    public async Task Capabilities_are_exchanged()
    {
        await using var server = await new TestKeyServer { RawOperations = false }.StartAsync();
        await using var edge = await server.ConnectAsync();

        var reply = await edge.AskAsync((ref items) =>
        {
            items.Opcode = Opcode.Capabilities;
            items.Capabilities = new PeerCapabilities(1, PeerFeatures.None).Write(new byte[PeerCapabilities.Size]);
        });

        Assert.True(PeerCapabilities.TryRead(reply.Payload, out var capabilities));
        const PeerFeatures served = PeerFeatures.SignServerKeyExchange | PeerFeatures.SignCertificateVerify | PeerFeatures.DeriveRsaMasterSecret | PeerFeatures.KeyExchange
            | PeerFeatures.AnswerTls13 | PeerFeatures.Resumption | PeerFeatures.Tickets | PeerFeatures.Handshakes;
        Assert.Equal(served, capabilities.Features & (served | PeerFeatures.RawOperations));
    }

    [Theory]
    [InlineData(TestKey.EcdsaP256, SignatureScheme.EcdsaSecp256r1Sha256, 32)]
    [InlineData(TestKey.EcdsaP384, SignatureScheme.EcdsaSecp384r1Sha384, 48)]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha256, 32)]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha512, 48)]
    [InlineData(TestKey.Ed25519, SignatureScheme.Ed25519, 32)]
    [Trait("Catalogue", "X1")]
    public async Task A_certificate_verify_is_built_here_and_signed(TestKey kind, SignatureScheme scheme, int hashLength)
    {
        await using var server = new TestKeyServer { RawOperations = false };
        var site = server.AddKey(kind, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        var hash = RandomNumberGenerator.GetBytes(hashLength);

        var reply = await edge.AskAsync(TestRequests.CertificateVerify(site.Ski(), (ushort)scheme, hash));

        byte[] content = [.. Enumerable.Repeat((byte)0x20, 64), .. "TLS 1.3, server CertificateVerify\0"u8, .. hash];
        Assert.True(Verify(site, scheme, content, reply.Payload));
    }

    [Theory]
    [InlineData(TestKey.EcdsaP256, SignatureScheme.EcdsaSecp256r1Sha256, 0)]
    [InlineData(TestKey.EcdsaP256, SignatureScheme.EcdsaSecp384r1Sha384, 1)]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPkcs1Sha256, 1)]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha384, 0)]
    [InlineData(TestKey.Ed25519, SignatureScheme.Ed25519, 0)]
    [Trait("Catalogue", "K2")]
    public async Task A_server_key_exchange_is_built_from_its_parts_and_signed(TestKey kind, SignatureScheme scheme, byte sentinel)
    {
        await using var server = new TestKeyServer { RawOperations = false };
        var site = server.AddKey(kind, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();

        var reply = await edge.AskAsync(TestRequests.ServerKeyExchange(site.Ski(), (ushort)scheme, ClientRandom, Nonce, sentinel, Parameters));

        var random = FreshServerRandom.Derive(Nonce, (DowngradeSentinel)sentinel);
        Assert.True(Verify(site, scheme, [.. ClientRandom, .. random.Value.Span, .. Parameters], reply.Payload));
    }

    [Theory]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPkcs1Sha256, NamedGroup.Ffdhe2048)]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha256, NamedGroup.Ffdhe8192)]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha256, NamedGroup.Modp3072)]
    [InlineData(TestKey.Dsa2048, SignatureScheme.DsaSha256, NamedGroup.Ffdhe3072)]
    [Trait("Catalogue", "K2")]
    [Trait("Catalogue", "G6")]
    public async Task Parameters_in_a_finite_field_are_signed(TestKey kind, SignatureScheme scheme, NamedGroup group)
    {
        await using var server = new TestKeyServer { RawOperations = false };
        var site = server.AddKey(kind, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        using var exchange = CryptoProvider.Default.CreateKeyExchange(group);
        var parameters = ServerDhParameters.Encode(group, exchange.PublicValue.Span);

        var reply = await edge.AskAsync(TestRequests.ServerKeyExchange(site.Ski(), (ushort)scheme, ClientRandom, Nonce, 0, parameters));

        var random = FreshServerRandom.Derive(Nonce, DowngradeSentinel.None);
        Assert.True(Verify(site, scheme, [.. ClientRandom, .. random.Value.Span, .. parameters], reply.Payload));
    }

    [Theory]
    [InlineData("a prime of the edge's")]
    [InlineData("another generator")]
    [InlineData("value 0")]
    [InlineData("value 1")]
    [InlineData("value p - 1")]
    [InlineData("a value cut short")]
    [InlineData("something after the value")]
    [Trait("Catalogue", "K2")]
    public async Task Parameters_in_a_finite_field_that_is_not_named_or_with_a_value_out_of_range_are_refused(string what)
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        using var exchange = CryptoProvider.Default.CreateKeyExchange(NamedGroup.Ffdhe2048);
        var parameters = ServerDhParameters.Encode(NamedGroup.Ffdhe2048, exchange.PublicValue.Span);
        var prime = FiniteFieldGroup.Prime(NamedGroup.Ffdhe2048);
        switch (what)
        {
            case "a prime of the edge's":
                parameters[100] ^= 1;
                break;
            case "another generator":
                parameters[260] = 5;
                break;
            case "value p - 1":
                prime.CopyTo(parameters.AsSpan(^256));
                parameters[^1]--;
                break;
            case "a value cut short":
                parameters = parameters[..^1];
                break;
            case "something after the value":
                parameters = [.. parameters, 0];
                break;
            default:
                parameters.AsSpan(^256).Clear();
                parameters[^1] = (byte)(what == "value 1" ? 1 : 0);
                break;
        }

        var reply = await edge.AskAsync(TestRequests.ServerKeyExchange(site.Ski(), (ushort)SignatureScheme.RsaPssRsaeSha256, ClientRandom, Nonce, 0, parameters));

        Assert.Equal(KeylessError.Malformed, reply.Error);
    }

    [Theory]
    [InlineData(TestKey.EcdsaP256, SignatureScheme.EcdsaSecp384r1Sha384)] // TLS 1.3 binds the curve
    [InlineData(TestKey.EcdsaP256, SignatureScheme.RsaPssRsaeSha256)]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPkcs1Sha256)] // RFC 8446 §4.2.3: not for CertificateVerify
    [InlineData(TestKey.Rsa2048, SignatureScheme.EcdsaSecp256r1Sha256)]
    [InlineData(TestKey.EcdsaP256, (SignatureScheme)0x0203)]
    [InlineData(TestKey.Dsa2048, SignatureScheme.DsaSha256)] // gone in TLS 1.3
    public async Task A_scheme_that_is_not_on_the_keys_list_is_refused_for_tls_1_3(TestKey kind, SignatureScheme scheme)
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(kind, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();

        var reply = await edge.AskAsync(TestRequests.CertificateVerify(site.Ski(), (ushort)scheme, new byte[32]));

        Assert.Equal(KeylessError.CryptographicFailure, reply.Error);
    }

    [Fact]
    public async Task Sha_1_is_refused_for_tls_1_2()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();

        var reply = await edge.AskAsync(TestRequests.ServerKeyExchange(site.Ski(), (ushort)SignatureScheme.RsaPkcs1Sha1, ClientRandom, Nonce, 0, Parameters));

        Assert.Equal(KeylessError.CryptographicFailure, reply.Error);
    }

    [Theory]
    [InlineData("03001d1f", 31)] // X25519 value too short
    [InlineData("03001720", 32)] // P-256 by name, X25519 by length
    [InlineData("03001741", 65)] // P-256 point that does not begin with 04
    [InlineData("03001520", 32)] // a curve nobody serves
    [InlineData("01001d20", 32)] // explicit_prime
    [InlineData("03001d20", 33)] // something after the point
    [InlineData("20202020", 94)] // the beginning of a TLS 1.3 context (attack 4)
    public async Task Parameters_that_are_not_a_served_curve_with_its_point_are_refused(string start, int length)
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        byte[] parameters = [.. Convert.FromHexString(start), .. new byte[length]];

        var reply = await edge.AskAsync(TestRequests.ServerKeyExchange(
            site.Ski(), (ushort)SignatureScheme.EcdsaSecp256r1Sha256, ClientRandom, Nonce, 0, parameters));

        Assert.Equal(KeylessError.Malformed, reply.Error);
    }

    [Theory]
    [InlineData(31, 0)]
    [InlineData(33, 0)]
    [InlineData(32, 1)]
    public async Task A_transcript_hash_of_odd_length_or_another_context_is_malformed(int hashLength, byte context)
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();

        var reply = await edge.AskAsync((ref items) =>
        {
            items.Opcode = Opcode.SignCertificateVerify;
            items.SubjectKeyIdentifier = site.Ski();
            items.SignatureScheme = (ushort)SignatureScheme.EcdsaSecp256r1Sha256;
            items.SigningContext = context;
            items.TranscriptHash = new byte[hashLength];
        });

        Assert.Equal(KeylessError.Malformed, reply.Error);
    }

    [Fact]
    [Trait("Catalogue", "K4")]
    public async Task An_rsa_premaster_becomes_a_master_secret()
    {
        await using var server = new TestKeyServer { RawOperations = false };
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        byte[] premaster = [3, 3, .. RandomNumberGenerator.GetBytes(46)];

        var reply = await edge.AskAsync(TestRequests.MasterSecret(
            site.Ski(), site.Rsa().Encrypt(premaster, RSAEncryptionPadding.Pkcs1), ClientRandom, Nonce, 4, []));

        var expected = new byte[48];
        var random = FreshServerRandom.Derive(Nonce, DowngradeSentinel.None);
        Tls12Prf.Derive(CryptoProvider.Default, DigestAlgorithm.Sha256, premaster, "master secret"u8, ClientRandom, random.Value.Span, expected);
        Assert.Equal(expected, reply.Payload);
    }

    [Fact]
    [Trait("Attack", "6")]
    public async Task A_session_hash_of_the_edges_making_is_refused_because_it_may_be_a_recorded_sessions()
    {
        await using var server = new TestKeyServer { RawOperations = false };
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        byte[] premaster = [3, 3, .. RandomNumberGenerator.GetBytes(46)];

        var reply = await edge.AskAsync(TestRequests.MasterSecret(
            site.Ski(), site.Rsa().Encrypt(premaster, RSAEncryptionPadding.Pkcs1), ClientRandom, Nonce, 4, RandomNumberGenerator.GetBytes(32)));

        Assert.Equal(KeylessError.Malformed, reply.Error);
    }

    [Fact]
    [Trait("Attack", "7")]
    [Trait("Attack", "3")]
    public async Task A_bad_premaster_yields_48_random_looking_bytes_like_a_good_one()
    {
        await using var server = new TestKeyServer { RawOperations = false };
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        byte[] wrongVersion = [3, 1, .. RandomNumberGenerator.GetBytes(46)];
        byte[][] ciphertexts =
        [
            site.Rsa().Encrypt(wrongVersion, RSAEncryptionPadding.Pkcs1),
            site.Rsa().Encrypt(new byte[47], RSAEncryptionPadding.Pkcs1),
            [0, .. RandomNumberGenerator.GetBytes(255)],
            RandomNumberGenerator.GetBytes(100),
            [],
        ];

        foreach (var ciphertext in ciphertexts)
        {
            var first = await edge.AskAsync(TestRequests.MasterSecret(site.Ski(), ciphertext, ClientRandom, Nonce, 5, []));
            var second = await edge.AskAsync(TestRequests.MasterSecret(site.Ski(), ciphertext, ClientRandom, Nonce, 5, []));

            Assert.Equal((Opcode.Response, 48, 1024), (first.Opcode, first.Payload.Length, first.Bytes.Length));
            // As a good one is when it is asked for again.
            Assert.Equal(first.Payload, second.Payload);
        }
    }

    [Fact]
    public async Task Without_capabilities_the_structured_operations_do_not_exist()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        var reply = await edge.AskAsync(TestRequests.CertificateVerify(site.Ski(), (ushort)SignatureScheme.EcdsaSecp256r1Sha256, new byte[32]));

        Assert.Equal(KeylessError.BadOpcode, reply.Error);
    }

    [Fact]
    public async Task A_premaster_for_an_ecdsa_key_is_a_cryptographic_failure()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();

        Assert.Equal(KeylessError.CryptographicFailure, (await edge.AskAsync(TestRequests.MasterSecret(site.Ski(), new byte[256], ClientRandom, Nonce, 4, []))).Error);
    }

    private static bool Verify(TestCertificate site, SignatureScheme scheme, byte[] content, byte[] signature)
    {
        using var certificate = site.WithoutPrivateKey();
        using var key = CryptoProvider.Default.ImportPublicKey(certificate.PublicKey.ExportSubjectPublicKeyInfo());
        return key.Verify(scheme, content, signature);
    }
}
