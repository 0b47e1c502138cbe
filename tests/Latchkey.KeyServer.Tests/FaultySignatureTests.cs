using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Wire;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Tests;

/// <summary>Attack 16 at its source: one faulty RSA-CRT signature would give the modulus away to whoever sees it.</summary>
[Trait("Attack", "16")]
public sealed class FaultySignatureTests
{
    private static readonly byte[] Parameters = [3, 0, 0x1D, 32, .. new byte[32]];

    [Theory]
    [InlineData("CertificateVerify")]
    [InlineData("ServerKeyExchange")]
    [InlineData("PKCS#1 digest")]
    [InlineData("PSS digest")]
    [InlineData("PKCS#1 MD5 and SHA-1")]
    public async Task A_faulty_rsa_signature_is_withheld_and_logged(string operation)
    {
        var hardware = new FaultyProvider();
        await using var server = new TestKeyServer { Crypto = hardware };
        var ski = server.AddKey(TestKey.Rsa2048, "site.test").Ski();
        await server.StartAsync();
        hardware.IsBroken = true;
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();

        var reply = await edge.AskAsync(operation switch
        {
            "CertificateVerify" => TestRequests.CertificateVerify(ski, (ushort)SignatureScheme.RsaPssRsaeSha256, new byte[32]),
            "ServerKeyExchange" => TestRequests.ServerKeyExchange(ski, (ushort)SignatureScheme.RsaPkcs1Sha256, new byte[32], new byte[32], 0, Parameters),
            "PKCS#1 digest" => TestRequests.Raw(Opcode.RsaSignSha256, ski, new byte[32]),
            "PSS digest" => TestRequests.Raw(Opcode.RsaPssSignSha256, ski, new byte[32]),
            _ => TestRequests.Raw(Opcode.RsaSignMd5Sha1, ski, new byte[36]),
        });

        Assert.Equal(KeylessError.CryptographicFailure, reply.Error);
        Assert.Contains(server.Log.Lines, line => line is { Id: 3020, Level: LogLevel.Error });
    }

    [Theory]
    [InlineData(SignatureVerification.All, true)]
    [InlineData(SignatureVerification.Rsa, false)] // verifying costs three times what signing does: docs/adr/0002
    public async Task A_faulty_ecdsa_signature_is_withheld_where_all_are_verified(SignatureVerification verify, bool withheld)
    {
        var hardware = new FaultyProvider();
        await using var server = new TestKeyServer { Crypto = hardware, Verify = verify };
        var ski = server.AddKey(TestKey.EcdsaP256, "site.test").Ski();
        await server.StartAsync();
        hardware.IsBroken = true;
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();

        foreach (var request in new[] { TestRequests.CertificateVerify(ski, (ushort)SignatureScheme.EcdsaSecp256r1Sha256, new byte[32]), TestRequests.Raw(Opcode.EcdsaSignSha256, ski, new byte[32]) })
            Assert.Equal(withheld ? KeylessError.CryptographicFailure : KeylessError.None, (await edge.AskAsync(request)).Error);
    }
}
