using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>
/// Attack 5: one signature of a QUIC server configuration makes whoever has it the server for as long as the configuration says (Jager, Schwenk and Somorovsky 2015): the
/// edge need not be an edge any more. Attack 3 gets it by decryption, this one by asking for signatures.
/// </summary>
[Trait("Attack", "5")]
[Trait("Catalogue", "X4")]
public sealed class Attack05LongLivedSignatureTests
{
    private static readonly byte[] Configuration = [.. "QUIC CHLO and server config signature\0"u8, .. RandomNumberGenerator.GetBytes(96)];

    [Theory]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha256)]
    [InlineData(TestKey.EcdsaP256, SignatureScheme.EcdsaSecp256r1Sha256)]
    public async Task No_operation_signs_a_configuration_or_its_digest(TestKey kind, SignatureScheme scheme)
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(kind, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var digest = SHA256.HashData(Configuration);
        Answer[] answers =
        [
            await edge.AskAsync(Requests.ServerKeyExchange(site, (ushort)scheme, Configuration[..32], Configuration[32..64], Configuration[64..])),
            await edge.AskAsync(Requests.ServerKeyExchange(site, (ushort)scheme, digest, new byte[32], digest)),
            await edge.AskAsync(Requests.CertificateVerify(site, (ushort)scheme, Configuration)),
            await edge.AskAsync(Requests.CertificateVerify(site, (ushort)scheme, digest)),
            await edge.AskAsync(Requests.Raw(kind == TestKey.Rsa2048 ? Opcode.RsaPssSignSha256 : Opcode.EcdsaSignSha256, site, digest)),
        ];

        // One is answered: a transcript hash may be any 32 bytes, and what is signed is 64 spaces, a label and these.
        Assert.Equal([KeylessError.Malformed, KeylessError.Malformed, KeylessError.Malformed, KeylessError.None, KeylessError.KeyNotFound], answers.Select(answer => answer.Error));
        Assert.False(site.Verifies(scheme, Configuration, answers[3].Payload));
    }

    [Theory]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha256, Opcode.RsaPssSignSha256)]
    [InlineData(TestKey.EcdsaP256, SignatureScheme.EcdsaSecp256r1Sha256, Opcode.EcdsaSignSha256)]
    public async Task With_raw_operations_the_configuration_is_signed(TestKey kind, SignatureScheme scheme, Opcode operation)
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(kind, "site.test", rawOperations: true);
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        var answer = await edge.AskAsync(Requests.Raw(operation, site, SHA256.HashData(Configuration)));

        Assert.True(site.Verifies(scheme, Configuration, answer.Payload));
    }
}
