using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Latchkey.Crypto;
using Latchkey.KeyServer.Policy;
using Latchkey.Testing;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Attacks;

/// <summary>Attack 13: tenant A's edge asks for tenant B's key. Attack 14: it asks only to learn which keys there are.</summary>
[Trait("Attack", "13")]
[Trait("Attack", "14")]
public sealed class Attack13ForeignKeysTests
{
    [Theory]
    [InlineData("ski")]
    [InlineData("digest")]
    [InlineData("fingerprint")]
    [InlineData("name")]
    public async Task Another_tenants_key_is_answered_like_one_that_does_not_exist_whatever_is_asked(string by)
    {
        await using var server = new AttackedKeyServer();
        server.AddKey(TestKey.Rsa2048, "a.test", rawOperations: true, "edge-a");
        var foreign = server.AddKey(TestKey.Rsa2048, "b.test", rawOperations: true, "edge-b");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync("edge-a");
        await using var owner = await server.ConnectAsync("edge-b");

        foreach (var operation in Operations())
        {
            var existing = await edge.AskAsync(About(foreign, by, operation));
            var missing = await edge.AskAsync(About(null, by, operation));

            Assert.Equal(KeylessError.KeyNotFound, existing.Error);
            Assert.Equal(missing.Body, existing.Body);
        }

        var allowed = await owner.AskAsync(About(foreign, by, (ref items) =>
            new SignCertificateVerifyItems { Scheme = (ushort)SignatureScheme.RsaPssRsaeSha256, Context = 0, TranscriptHash = new byte[32] }.AddTo(ref items)));
        Assert.Equal(Opcode.Response, allowed.Opcode);
    }

    /// <summary>Right ones, wrong ones for the key, and malformed ones: what is wrong with a request must not show either.</summary>
    private static IEnumerable<Request> Operations()
    {
        yield return static (ref items) => new SignCertificateVerifyItems { Scheme = (ushort)SignatureScheme.RsaPssRsaeSha256, Context = 0, TranscriptHash = new byte[32] }.AddTo(ref items);
        yield return static (ref items) => new SignCertificateVerifyItems { Scheme = (ushort)SignatureScheme.EcdsaSecp256r1Sha256, Context = 0, TranscriptHash = new byte[32] }.AddTo(ref items);
        yield return static (ref items) => items.Opcode = Opcode.SignCertificateVerify;
        yield return static (ref items) => items.Opcode = Opcode.SignServerKeyExchange;
        yield return static (ref items) => items.Opcode = Opcode.DeriveRsaMasterSecret;
        yield return static (ref items) => items = new OutgoingItems(Opcode.RsaDecrypt) { Payload = new byte[256] };
        yield return static (ref items) => items = new OutgoingItems(Opcode.RsaSignSha256) { Payload = new byte[32] };
        yield return static (ref items) => items = new OutgoingItems(Opcode.EcdsaSignSha256) { Payload = new byte[31] };
    }

    private static Request About(TestCertificate? site, string by, Request operation) => (ref items) =>
    {
        operation(ref items);
        switch (by)
        {
            case "ski":
                items.SubjectKeyIdentifier = site?.Ski() ?? RandomNumberGenerator.GetBytes(20);
                break;
            case "digest":
                items.CertificateDigest = site is null ? RandomNumberGenerator.GetBytes(32) : ModulusDigest(site);
                break;
            case "fingerprint":
                items.CertificateFingerprint = site is null ? RandomNumberGenerator.GetBytes(32) : SHA256.HashData(site.Certificate);
                break;
            default:
                items.ServerName = Encoding.ASCII.GetBytes(site is null ? "c.test" : "b.test");
                break;
        }
    };

    private static byte[] ModulusDigest(TestCertificate site)
    {
        using var certificate = site.WithoutPrivateKey();
        using var key = certificate.GetRSAPublicKey()!;
        return SHA256.HashData(Encoding.ASCII.GetBytes(Convert.ToHexString(key.ExportParameters(false).Modulus!)));
    }
}
