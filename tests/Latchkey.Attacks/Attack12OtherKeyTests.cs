using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.KeyServer.Tests;
using Latchkey.Testing;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Attacks;

/// <summary>
/// Attack 12: a handshake that presents one certificate is signed by another's key, so that two owners' names run together. What an edge does with such a signature is in
/// <see cref="Attack16WrongSignatureTests"/>.
/// </summary>
[Trait("Attack", "12")]
public sealed class Attack12OtherKeyTests
{
    private const SignatureScheme Scheme = SignatureScheme.EcdsaSecp256r1Sha256;

    /// <summary>A name in the request must not lead past the identifiers to a key that the edge may use.</summary>
    [Fact]
    public async Task A_name_does_not_lead_to_another_key_than_the_identifier()
    {
        await using var server = new AttackedKeyServer();
        server.AddKey(TestKey.EcdsaP256, "a.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        var answer = await edge.AskAsync((ref items) =>
        {
            new SignCertificateVerifyItems { Scheme = (ushort)Scheme, Context = 0, TranscriptHash = new byte[32] }.AddTo(ref items);
            items.SubjectKeyIdentifier = RandomNumberGenerator.GetBytes(20);
            items.ServerName = "a.test"u8;
        });

        Assert.Equal(KeylessError.KeyNotFound, answer.Error);
    }

    [Fact]
    public async Task A_flight_with_one_owners_certificate_is_not_signed_by_anothers_key_though_the_edge_may_use_both()
    {
        await using var server = new AttackedKeyServer();
        var a = server.AddKey(TestKey.EcdsaP256, "site.test");
        var b = server.AddKey(TestKey.EcdsaP256, "other.test");
        await server.StartAsync();
        await using var edge = await server.ConnectTestEdgeAsync();

        foreach (var level in Enum.GetValues<Tls13Level>())
        {
            using var confused = new TestFlight(a, Scheme) { Level = level, Certificate = b.Certificate, FingerprintItem = a.Fingerprint() };
            using var right = new TestFlight(a, Scheme) { Level = level };
            Assert.Equal(KeylessError.Malformed, (await edge.AskAsync(confused.Request())).Error);
            Assert.Equal(Opcode.Response, (await edge.AskAsync(right.Request())).Opcode);
        }
    }

    [Fact]
    public async Task A_relayed_handshake_does_not_present_a_certificate_of_another_key()
    {
        await using var server = new AttackedKeyServer();
        var a = server.AddKey(TestKey.EcdsaP256, "site.test");
        var b = server.AddKey(TestKey.EcdsaP256, "other.test");
        await server.StartAsync();
        await using var edge = await server.ConnectTestEdgeAsync();

        var reply = await edge.AskAsync(RelayRequests.Ask(Opcode.BeginHandshake, a.Ski(), RelayRequests.Begin(b)));

        Assert.Equal(KeylessError.KeyNotFound, reply.Error);
    }

    [Fact]
    public async Task With_raw_operations_any_key_signs_a_handshake_of_any_certificate()
    {
        await using var server = new AttackedKeyServer();
        var a = server.AddKey(TestKey.EcdsaP256, "site.test", rawOperations: true);
        var b = server.AddKey(TestKey.EcdsaP256, "other.test", rawOperations: true);
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        using var flight = new TestFlight(b, Scheme);
        var content = CertificateVerifyContent.ForServer(SHA256.HashData(flight.ThroughCertificate(flight.Share)));

        var signature = (await edge.AskAsync(Requests.Raw(Opcode.EcdsaSignSha256, a, SHA256.HashData(content)))).Payload;

        Assert.True(a.Verifies(Scheme, content, signature));
    }
}
