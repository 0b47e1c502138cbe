using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>
/// Attack 8: whoever has talked a client into an older version is betrayed by the version inside the premaster (RFC 5246 §7.4.7.1), which must not tell of the padding
/// either (Klíma, Pokorný and Rosa 2003).
/// </summary>
[Trait("Attack", "8")]
public sealed class Attack08VersionRollbackTests
{
    private static readonly byte[] ClientRandom = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] Nonce = RandomNumberGenerator.GetBytes(32);

    [Fact]
    public async Task A_premaster_of_another_version_yields_no_key_that_the_attacker_knows()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        byte[] rolledBack = [3, 1, .. RandomNumberGenerator.GetBytes(46)];
        byte[] right = [3, 3, .. rolledBack[2..]];

        var refused = await edge.AskAsync(Requests.MasterSecret(site, site.Rsa().Encrypt(rolledBack, RSAEncryptionPadding.Pkcs1), ClientRandom, Nonce));
        var accepted = await edge.AskAsync(Requests.MasterSecret(site, site.Rsa().Encrypt(right, RSAEncryptionPadding.Pkcs1), ClientRandom, Nonce));

        Assert.NotEqual(MasterSecret(rolledBack), refused.Payload);
        Assert.Equal(MasterSecret(right), accepted.Payload);
    }

    [Theory]
    [InlineData("signature")]
    [InlineData("premaster")]
    [InlineData("master-secret")]
    [InlineData("session-keys")]
    [InlineData("handshake")]
    public async Task Through_an_edge_of_any_custody_it_fails_as_a_wrong_key_does_and_the_right_version_succeeds(string custody)
    {
        await using var server = new AttackedKeyServer();
        // That custody is the deployed protocol's: the edge takes the padding off itself.
        var site = server.AddKey(TestKey.Rsa2048, "site.test", rawOperations: custody == "premaster");
        await server.StartAsync();
        await using var link = await server.StartClientAsync();
        await using var edge = new AttackedEdge(AttackedEdge.Site(site, custody: link.CreateCustody(custody), profile: TlsProfile.Compatible));

        using var rolledBack = await KeyExchangeAsync(edge, site, [3, 1]);
        var alert = await rolledBack.HearRestAsync();
        using var right = await KeyExchangeAsync(edge, site, [3, 3]);
        await right.HearFinishedAsync();

        Assert.Equal([21, 3, 3, 0, 2, 2, (byte)AlertDescription.BadRecordMac], alert);
    }

    [Fact]
    public async Task With_raw_operations_the_version_is_left_to_the_edge()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test", rawOperations: true);
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        byte[] rolledBack = [3, 1, .. RandomNumberGenerator.GetBytes(46)];

        var block = (await edge.AskAsync(Requests.Raw(Opcode.RsaDecrypt, site, site.Rsa().Encrypt(rolledBack, RSAEncryptionPadding.Pkcs1)))).Payload;

        // An edge that does not look at it goes on under a key that the attacker knows.
        Assert.Equal(MasterSecret(rolledBack), MasterSecret(block[^48..]));
    }

    /// <summary>An RSA key exchange whose premaster begins with that version, under which the client finishes.</summary>
    private static async Task<HandmadeClient> KeyExchangeAsync(AttackedEdge edge, TestCertificate site, byte[] version)
    {
        var client = new HandmadeClient { Suite = HandmadeClient.Rsa };
        await client.ConnectAsync(edge.EndPoint);
        await client.SayHelloAsync();
        await client.HearFlightAsync();
        byte[] premaster = [.. version, .. RandomNumberGenerator.GetBytes(46)];
        await client.SayKeyExchangeAsync(HandmadeClient.V16(site.Rsa().Encrypt(premaster, RSAEncryptionPadding.Pkcs1)), premaster);
        await client.SayFinishedAsync();
        return client;
    }

    private static byte[] MasterSecret(byte[] premaster)
    {
        var master = new byte[48];
        Tls12Prf.Derive(CryptoProvider.Default, DigestAlgorithm.Sha256, premaster, "master secret"u8, ClientRandom, FreshServerRandom.Derive(Nonce, DowngradeSentinel.None).Value.Span, master);
        return master;
    }
}
