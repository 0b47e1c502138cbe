using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>Operation 47: what is handed out at each level, and what has not the structure of a handshake of this key.</summary>
[Trait("Catalogue", "X2")]
[Trait("Catalogue", "X4")]
public sealed class Tls13OperationsTests
{
    private const SignatureScheme Ecdsa = SignatureScheme.EcdsaSecp256r1Sha256;

    [Theory]
    [InlineData(TestKey.EcdsaP256, Ecdsa, NamedGroup.X25519)]
    [InlineData(TestKey.EcdsaP384, SignatureScheme.EcdsaSecp384r1Sha384, NamedGroup.Secp256r1)]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha256, NamedGroup.Secp384r1)]
    [InlineData(TestKey.Ed25519, SignatureScheme.Ed25519, NamedGroup.X25519)]
    [Trait("Catalogue", "K3")]
    [Trait("Catalogue", "K3a")]
    public async Task Shared_secret_and_private_value_are_those_of_the_share_that_is_signed(TestKey kind, SignatureScheme scheme, NamedGroup group)
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(kind, "site.test");
        await using var edge = await ConnectAsync(server);
        using var flight = new TestFlight(site, scheme, group) { Level = Tls13Level.SharedSecret };
        CheckSharedSecret(site, flight, await edge.AskAsync(flight.Request()));

        flight.Level = Tls13Level.PrivateValue;
        CheckPrivateValue(site, flight, await edge.AskAsync(flight.Request()));
    }

    [Theory]
    [InlineData(Tls13Level.HandshakeSecret, CipherSuite.TLS_AES_128_GCM_SHA256, 32)]
    [InlineData(Tls13Level.HandshakeSecret, CipherSuite.TLS_AES_256_GCM_SHA384, 48)]
    [InlineData(Tls13Level.TrafficSecrets, CipherSuite.TLS_CHACHA20_POLY1305_SHA256, 4 * 32)]
    [InlineData(Tls13Level.TrafficSecrets, CipherSuite.TLS_AES_256_GCM_SHA384, 4 * 48)]
    [Trait("Catalogue", "K3b")]
    [Trait("Catalogue", "K3c")]
    public async Task Secrets_have_the_digests_size(Tls13Level level, CipherSuite suite, int size)
    {
        await using var server = new TestKeyServer();
        await using var edge = await ConnectAsync(server);
        using var flight = new TestFlight(Site, Ecdsa) { Level = level, Suite = (ushort)suite, OfferedSuite = (ushort)suite };

        var reply = await edge.AskAsync(flight.Request());

        Assert.True(AnswerTls13Reply.TryRead(reply.Payload, out var answer));
        Assert.Equal(size, answer.Answer.Secret.Length);
        Assert.Equal(level == Tls13Level.TrafficSecrets ? size / 4 : 0, answer.Answer.ServerVerifyData.Length);
        Assert.Equal(level == Tls13Level.TrafficSecrets ? size / 4 : 0, answer.Answer.ClientVerifyData.Length);
        Assert.True(answer.Answer.Tickets.IsEmpty);
    }

    [Fact]
    [Trait("Attack", "1")]
    [Trait("Attack", "6")]
    public async Task The_same_question_twice_has_two_answers_of_which_neither_says_anything_of_the_other()
    {
        await using var server = new TestKeyServer();
        await using var edge = await ConnectAsync(server);
        using var flight = new TestFlight(Site, Ecdsa);

        var first = await edge.AskAsync(flight.Request());
        var second = await edge.AskAsync(flight.Request());

        Assert.True(AnswerTls13Reply.TryRead(first.Payload, out var one));
        Assert.True(AnswerTls13Reply.TryRead(second.Payload, out var other));
        Assert.False(one.Answer.ServerShare.SequenceEqual(other.Answer.ServerShare));
        Assert.False(one.Answer.Secret.SequenceEqual(other.Answer.Secret));
        Assert.False(one.Signature.SequenceEqual(other.Signature));
    }

    public static TheoryData<string> Spoilt => [.. Spoils.Keys];

    [Theory]
    [MemberData(nameof(Spoilt))]
    [Trait("Attack", "4")]
    [Trait("Attack", "12")]
    [Trait("Attack", "19")]
    [Trait("Attack", "21")]
    public async Task What_is_no_handshake_of_this_key_is_malformed_at_every_level(string what)
    {
        await using var server = new TestKeyServer();
        await using var edge = await ConnectAsync(server);
        foreach (var level in Enum.GetValues<Tls13Level>())
        {
            using var flight = new TestFlight(Site, Ecdsa) { Level = level };
            Spoils[what](flight);

            Assert.Equal(KeylessError.Malformed, (await edge.AskAsync(flight.Request())).Error);
        }
    }

    private static readonly Dictionary<string, Action<TestFlight>> Spoils = new()
    {
        ["no message"] = flight => flight.ChangeTranscript = _ => [1],
        ["a length that does not fit"] = flight => flight.ChangeTranscript = hello => hello[..^1],
        ["not a ClientHello"] = flight => flight.ChangeTranscript = hello => [2, .. hello[1..]],
        ["two ClientHellos"] = flight => flight.ChangeTranscript = hello => [.. hello, .. hello],
        ["a HelloRetryRequest that is none"] = flight => flight.ChangeTranscript = hello => [.. TestFlight.Message(254, new byte[32]), .. TestFlight.Message(2, new byte[80]), .. hello],
        ["a hello of TLS 1.2"] = flight => flight.OfferedVersion = 0x0303,
        ["a suite that was not offered"] = flight => flight.OfferedSuite = (ushort)CipherSuite.TLS_AES_256_GCM_SHA384,
        ["a suite of TLS 1.2"] = flight => flight.Suite = flight.OfferedSuite = (ushort)CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        ["a group without a share"] = flight => flight.OfferedGroup = NamedGroup.Secp256r1,
        ["a scheme that was not offered"] = flight => flight.OfferedSchemes = [SignatureScheme.RsaPssRsaeSha256],
        ["another session identifier"] = flight => flight.ChangePrefix = prefix => { prefix[40] ^= 1; return prefix; },
        ["another suite in ServerHello"] = flight => flight.ChangePrefix = prefix => { prefix[72] ^= 1; return prefix; },
        ["the random of HelloRetryRequest"] = flight => flight.ChangePrefix = prefix => { RetryRandom.CopyTo(prefix.AsSpan(6)); return prefix; },
        ["a ServerHello with its share"] = flight => flight.ChangePrefix = prefix => [.. prefix, .. new byte[32]],
        ["a short ServerHello"] = flight => flight.ChangePrefix = prefix => prefix[..20],
        ["no Certificate"] = flight => flight.ChangeParameters = parameters => parameters[..6],
        ["no EncryptedExtensions"] = flight => flight.ChangeParameters = parameters => parameters[6..],
        ["an empty Certificate"] = flight => flight.ChangeParameters = parameters => [.. parameters[..6], .. TestFlight.Message(11, [0, 0, 0, 0])],
        ["a Finished after Certificate"] = flight => flight.ChangeParameters = parameters => [.. parameters, .. TestFlight.Message(20, new byte[32])],
        ["a certificate that is none"] = flight => flight.Certificate = [0x30, 0],
        ["another key's certificate"] = flight => flight.Certificate = TestKeyServer.Issue(TestKey.EcdsaP384, "other.test").Certificate,
        ["another certificate's fingerprint"] = flight => flight.FingerprintItem = new byte[32],
        ["another name for policy"] = flight => flight.NameItem = "other.test",
        ["no name for policy"] = flight => flight.NameItem = null,
        ["a name for policy that the client did not send"] = flight => flight.ServerName = null,
    };

    private static byte[] RetryRandom => SHA256.HashData("HelloRetryRequest"u8);

    [Theory]
    [InlineData(NamedGroup.X25519)]
    [InlineData(NamedGroup.Secp256r1)]
    [Trait("Attack", "18")]
    public async Task A_share_that_is_none_of_the_group_is_the_clients_fault(NamedGroup group)
    {
        await using var server = new TestKeyServer();
        await using var edge = await ConnectAsync(server);
        foreach (var level in new[] { Tls13Level.SharedSecret, Tls13Level.HandshakeSecret, Tls13Level.TrafficSecrets })
        {
            using var flight = new TestFlight(Site, Ecdsa, group) { Level = level };
            flight.Share = new byte[flight.Share.Length];

            Assert.Equal(KeylessError.InvalidPublicValue, (await edge.AskAsync(flight.Request())).Error);
        }
    }

    [Theory]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPkcs1Sha256)]
    [InlineData(TestKey.EcdsaP256, SignatureScheme.EcdsaSecp384r1Sha384)]
    [Trait("Attack", "19")]
    public async Task A_scheme_that_is_not_the_keys_in_TLS_13_is_refused(TestKey kind, SignatureScheme scheme)
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(kind, "site.test");
        await using var edge = await ConnectAsync(server);
        using var flight = new TestFlight(site, scheme);

        Assert.Equal(KeylessError.CryptographicFailure, (await edge.AskAsync(flight.Request())).Error);
    }

    [Fact]
    [Trait("Attack", "13")]
    public async Task An_edge_that_may_not_use_the_key_finds_none()
    {
        await using var server = new TestKeyServer { AllowedEdges = ["edge-1"] };
        await using var edge = await ConnectAsync(server, "edge-2");
        using var flight = new TestFlight(Site, Ecdsa);
        using var resumption = new TestFlight(Site, Ecdsa) { PreSharedKey = (new byte[64], null) };

        Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(flight.Request())).Error);
        Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(resumption.Request())).Error);
    }

    [Fact]
    [Trait("Attack", "16")]
    public async Task A_faulty_signature_is_withheld()
    {
        var crypto = new FaultyProvider();
        await using var server = new TestKeyServer { Crypto = crypto };
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await using var edge = await ConnectAsync(server);
        crypto.IsBroken = true;
        foreach (var level in Enum.GetValues<Tls13Level>())
        {
            using var flight = new TestFlight(site, SignatureScheme.RsaPssRsaeSha256) { Level = level };

            Assert.Equal(KeylessError.CryptographicFailure, (await edge.AskAsync(flight.Request())).Error);
        }
    }

    private static TestCertificate Site { get; } = TestKeyServer.Issue(TestKey.EcdsaP256, "site.test");

    private static async Task<TestEdge> ConnectAsync(TestKeyServer server, string name = "edge-1")
    {
        if (server.Server is null)
        {
            if (!Directory.EnumerateFiles(server.Keys).Any())
                server.AddKey(TestKey.EcdsaP256, "site.test");
            await server.StartAsync();
        }

        var edge = await server.ConnectAsync(name);
        await edge.NegotiateAsync();
        return edge;
    }

    private static void CheckSharedSecret(TestCertificate site, TestFlight flight, Reply reply)
    {
        Assert.True(AnswerTls13Reply.TryRead(reply.Payload, out var answer));
        using var expected = flight.Exchange.DeriveSharedSecret(answer.Answer.ServerShare);
        Assert.True(expected!.FixedTimeEquals(answer.Answer.Secret));
        CheckSignature(site, flight, answer);
    }

    private static void CheckPrivateValue(TestCertificate site, TestFlight flight, Reply reply)
    {
        Assert.True(AnswerTls13Reply.TryRead(reply.Payload, out var answer));
        using var exchange = CryptoProvider.Default.ImportKeyExchange(flight.Group, answer.Answer.Secret);
        Assert.True(exchange.PublicValue.Span.SequenceEqual(answer.Answer.ServerShare));
        CheckSignature(site, flight, answer);
    }

    private static void CheckSignature(TestCertificate site, TestFlight flight, scoped in AnswerTls13Reply answer)
    {
        var hash = SHA256.HashData(flight.ThroughCertificate(answer.Answer.ServerShare));
        using var certificate = site.WithoutPrivateKey();
        using var key = CryptoProvider.Default.ImportPublicKey(certificate.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.True(key.Verify(flight.Scheme, CertificateVerifyContent.ForServer(hash), answer.Signature));
    }
}
