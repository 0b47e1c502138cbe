using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.KeyServer.Tests;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Attacks;

/// <summary>
/// Attack 3: RSA decryption and RSA signing are the same function, so a padded digest sent to be decrypted comes back as a signature.
/// Attack 5: of whatever one likes, such as a long-lived QUIC server configuration (Jager, Schwenk and Somorovsky 2015).
/// </summary>
[Trait("Attack", "3")]
[Trait("Attack", "5")]
public sealed class Attack03RawDecryptionAsSigningTests
{
    private static readonly byte[] QuicConfiguration = [.. "QUIC server config signature\0"u8, .. RandomNumberGenerator.GetBytes(80)];

    [Fact]
    public async Task A_padded_digest_sent_as_ciphertext_yields_a_random_looking_master_secret_and_no_signature()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        using var key = RSA.Create();
        key.ImportPkcs8PrivateKey(site.PrivateKey, out _);
        var signature = key.SignData(QuicConfiguration, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

        var derived = await edge.AskAsync(Requests.MasterSecret(site, PaddedDigest(), new byte[32], new byte[32]));
        var again = await edge.AskAsync(Requests.MasterSecret(site, PaddedDigest(), new byte[32], new byte[32]));
        var other = await edge.AskAsync(Requests.MasterSecret(site, [0, .. PaddedDigest()[1..255], 0], new byte[32], new byte[32]));
        var decrypted = await edge.AskAsync(Requests.Raw(Opcode.RsaDecrypt, site, PaddedDigest()));

        Assert.Equal((Opcode.Response, 48), (derived.Opcode, derived.Payload.Length));
        // Of the private key and the ciphertext, so that asking twice tells nothing of the padding (attack 7); of another ciphertext, something else.
        Assert.Equal(derived.Payload, again.Payload);
        Assert.NotEqual(derived.Payload, other.Payload);
        Assert.Equal(-1, signature.AsSpan().IndexOf(derived.Payload.AsSpan(0, 4)));
        Assert.Equal(KeylessError.KeyNotFound, decrypted.Error);
    }

    /// <summary>The other operation that takes a ciphertext, at whatever level it answers; of RSA no level is the premaster secret.</summary>
    [Theory]
    [InlineData(KeyExchangeLevel.Premaster, true)]
    [InlineData(KeyExchangeLevel.MasterSecret, false)]
    [InlineData(KeyExchangeLevel.SessionKeys, false)]
    public async Task No_level_of_a_key_exchange_gives_the_decrypted_digest_out(KeyExchangeLevel level, bool refused)
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectTestEdgeAsync();
        var exchange = new Tls12Exchange(site.Ski(), CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256);
        using var key = RSA.Create();
        key.ImportPkcs8PrivateKey(site.PrivateKey, out _);
        var signature = key.SignData(QuicConfiguration, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

        var reply = await edge.AskAsync(exchange.Agree(level, [], PaddedDigest()));

        Assert.Equal(refused ? KeylessError.Malformed : KeylessError.None, reply.Error);
        var answer = reply.Payload;
        for (var at = 0; at + 8 <= signature.Length; at++)
            Assert.Equal(-1, answer.AsSpan().IndexOf(signature.AsSpan(at, 8)));
    }

    [Fact]
    public async Task With_raw_operations_the_decrypted_digest_is_a_signature()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test", rawOperations: true);
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        var answer = await edge.AskAsync(Requests.Raw(Opcode.RsaDecrypt, site, PaddedDigest()));

        Assert.True(site.Verifies(SignatureScheme.RsaPkcs1Sha256, QuicConfiguration, answer.Payload));
    }

    /// <summary>EMSA-PKCS1-v1_5 (RFC 8017 §9.2).</summary>
    private static byte[] PaddedDigest()
    {
        byte[] digestInfo = [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20, .. SHA256.HashData(QuicConfiguration)];
        return [0, 1, .. Enumerable.Repeat((byte)0xFF, 256 - 3 - digestInfo.Length), 0, .. digestInfo];
    }
}
