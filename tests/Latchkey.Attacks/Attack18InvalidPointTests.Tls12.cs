using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>The same in a ClientKeyExchange of TLS 1.2, where the exchange may be at the edge or at the key server; and groups that are weak themselves (Logjam 2015).</summary>
public sealed partial class Attack18InvalidPointTests
{
    // With the curve of the certificate, without which there is no ECDSA (RFC 8422 §5.1).
    private static readonly byte[] X25519 = [0x00, 0x1D, 0x00, 0x17];
    private static readonly byte[] P256 = [0x00, 0x17];

    public static TheoryData<string> Custodies => ["signature", "exchange", "master-secret", "session-keys", "handshake"];

    [Theory]
    [MemberData(nameof(Custodies))]
    public async Task A_bad_point_in_a_ClientKeyExchange_is_illegal_parameter_whoever_has_the_exchange(string custody)
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var link = await server.StartClientAsync();
        await using var edge = new AttackedEdge(AttackedEdge.Site(site, custody: link.CreateCustody(custody)));

        foreach (var (what, group, share) in ((string, byte[], string)[])[
            ("X25519: 0", X25519, new string('0', 64)),
            ("X25519: order 8", X25519, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
            ("X25519: p - 1", X25519, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
            ("X25519: 31 bytes", X25519, new string('9', 62)),
            ("P-256: y changed", P256, "04" + P256X + P256Y[..^1] + "4"),
            ("P-256: zeros", P256, "04" + new string('0', 128)),
            ("P-256: infinity", P256, "00")])
        {
            using var attacker = new HandmadeClient { Groups = group };
            await attacker.ConnectAsync(edge.EndPoint);
            await attacker.SayHelloAsync();
            await attacker.HearFlightAsync();
            var value = Convert.FromHexString(share);
            await attacker.SayKeyExchangeAsync([(byte)value.Length, .. value], new byte[32]);

            var heard = await attacker.HearRestAsync();
            Assert.True(heard is [21, 3, 3, 0, 2, 2, (byte)AlertDescription.IllegalParameter], $"{custody}, {what}: {Convert.ToHexString(heard)}");
        }

        using var honest = await HandmadeClient.EstablishAsync(edge.EndPoint, new() { Groups = P256 });
        Assert.Equal(site.Certificate, honest.Certificate);
    }

    [Theory]
    [MemberData(nameof(Custodies))]
    public async Task A_finite_field_value_of_small_order_is_illegal_parameter_whoever_has_the_exchange(string custody)
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var link = await server.StartClientAsync();
        await using var edge = new AttackedEdge(AttackedEdge.Site(site, custody: link.CreateCustody(custody), profile: TlsProfile.Compatible));

        foreach (var (what, value) in (IEnumerable<(string, Func<byte[], byte[]>)>)[
            ("0", prime => new byte[prime.Length]),
            ("1", prime => [.. new byte[prime.Length - 1], 1]),
            ("p - 1", prime => [.. prime[..^1], (byte)(prime[^1] - 1)]),
            ("p", prime => prime)])
        {
            using var attacker = new HandmadeClient { Suite = HandmadeClient.Dhe };
            await attacker.ConnectAsync(edge.EndPoint);
            await attacker.SayHelloAsync();
            await attacker.HearFlightAsync();
            var size = attacker.ServerKeyExchange[0] << 8 | attacker.ServerKeyExchange[1];
            await attacker.SayKeyExchangeAsync(HandmadeClient.V16(value(attacker.ServerKeyExchange[2..(2 + size)])), new byte[32]);

            var heard = await attacker.HearRestAsync();
            Assert.True(heard is [21, 3, 3, 0, 2, 2, (byte)AlertDescription.IllegalParameter], $"{custody}, {what}: {Convert.ToHexString(heard)}");
        }
    }

    [Fact]
    public async Task No_signature_is_made_for_a_group_that_is_none_of_those_with_a_name()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        var answer = await edge.AskAsync(Requests.ServerKeyExchange(site, (ushort)SignatureScheme.RsaPkcs1Sha256, new byte[32], RandomNumberGenerator.GetBytes(32), ExportGroup()));

        Assert.Equal(KeylessError.Malformed, answer.Error);
    }

    [Fact]
    public async Task With_raw_operations_a_group_of_512_bits_is_signed()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test", rawOperations: true);
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        byte[] content = [.. new byte[32], .. RandomNumberGenerator.GetBytes(32), .. ExportGroup()];

        var signature = (await edge.AskAsync(Requests.Raw(Opcode.RsaSignSha256, site, SHA256.HashData(content)))).Payload;

        Assert.True(site.Verifies(SignatureScheme.RsaPkcs1Sha256, content, signature));
    }

    /// <summary>ServerDHParams with 512 bits, generator 2.</summary>
    private static byte[] ExportGroup() => [0, 64, 0xFF, .. Enumerable.Repeat((byte)0xC3, 62), 0x57, 0, 1, 2, 0, 64, 0x7F, .. Enumerable.Repeat((byte)0x11, 63)];
}
