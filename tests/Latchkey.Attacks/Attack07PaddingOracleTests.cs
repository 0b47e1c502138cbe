using System.Diagnostics;
using System.Security.Cryptography;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>
/// Attack 7: Bleichenbacher 1998, ROBOT 2018 and Manger 2001 ask whether a padding is good and need one bit of answer, of the key server or of an edge
/// that asks it.
/// </summary>
[Trait("Attack", "7")]
public sealed class Attack07PaddingOracleTests
{
    private static readonly byte[] ClientRandom = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] Nonce = RandomNumberGenerator.GetBytes(32);

    [Fact]
    public async Task Every_ciphertext_gets_the_same_kind_of_answer()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var good = await edge.AskAsync(Requests.MasterSecret(site, Encrypted(site, Block([3, 3, .. new byte[46]])), ClientRandom, Nonce));
        Assert.Equal(Opcode.Response, good.Opcode);

        foreach (var ciphertext in Ciphertexts(site))
        {
            var answer = await edge.AskAsync(Requests.MasterSecret(site, ciphertext, ClientRandom, Nonce));
            var again = await edge.AskAsync(Requests.MasterSecret(site, ciphertext, ClientRandom, Nonce));

            Assert.Equal((good.Opcode, good.Payload.Length, good.Body.Length), (answer.Opcode, answer.Payload.Length, answer.Body.Length));
            Assert.Equal(Shape(good), Shape(answer));
            // A good padding gives the same master secret when asked again: so must a bad one, here and at every other machine with the key.
            Assert.Equal(answer.Payload, again.Payload);
        }
    }

    [Theory]
    [InlineData("signature")]
    [InlineData("premaster")]
    [InlineData("master-secret")]
    [InlineData("session-keys")]
    [InlineData("handshake")]
    public async Task A_client_of_an_edge_sees_one_and_the_same_alert_whatever_its_ciphertext_is(string custody)
    {
        await using var server = new AttackedKeyServer();
        // That custody is the deployed protocol's: the edge takes the padding off itself.
        var site = server.AddKey(TestKey.Rsa2048, "site.test", rawOperations: custody == "premaster");
        await server.StartAsync();
        await using var link = await server.StartClientAsync();
        await using var edge = new AttackedEdge(AttackedEdge.Site(site, custody: link.CreateCustody(custody), profile: TlsProfile.Compatible));
        // The attacker does not know what the ciphertext holds, so that its Finished is anything.
        byte[] finished = [22, 3, 3, .. HandmadeClient.V16(RandomNumberGenerator.GetBytes(40))];

        foreach (var ciphertext in (byte[][])[Encrypted(site, Block([3, 3, .. new byte[46]])), .. Ciphertexts(site)])
        {
            using var attacker = new HandmadeClient { Suite = HandmadeClient.Rsa };
            await attacker.ConnectAsync(edge.EndPoint);
            await attacker.SayHelloAsync();
            await attacker.HearFlightAsync();
            await attacker.SayKeyExchangeAsync(HandmadeClient.V16(ciphertext), new byte[48]);
            await attacker.SayFinishedAsync(finished);

            Assert.Equal([21, 3, 3, 0, 2, 2, (byte)AlertDescription.BadRecordMac], await attacker.HearRestAsync());
        }
    }

    /// <summary>
    /// Pairs of one good and one bad ciphertext in random order, each pair one toss of a coin: which took longer. 400 fair tosses are 200 ± 10; five
    /// deviations off mean a difference of about a third of the noise, on a busy machine as on an idle one.
    /// </summary>
    [Fact]
    public async Task Good_and_bad_paddings_take_the_same_time()
    {
        const int pairs = 400;
        await using var server = new AttackedKeyServer { Limits = new() { Workers = 1 } };
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var good = Requests.MasterSecret(site, Encrypted(site, Block([3, 3, .. new byte[46]])), ClientRandom, Nonce);
        var bad = Requests.MasterSecret(site, Encrypted(site, [0, 1, .. Enumerable.Repeat((byte)7, 254)]), ClientRandom, Nonce);
        await TimeAsync(edge, good);
        await TimeAsync(edge, bad);

        var goodWasSlower = 0;
        for (var i = 0; i < pairs; i++)
        {
            var goodFirst = RandomNumberGenerator.GetInt32(2) == 0;
            var first = await TimeAsync(edge, goodFirst ? good : bad);
            var second = await TimeAsync(edge, goodFirst ? bad : good);
            goodWasSlower += (goodFirst ? first > second : second > first) ? 1 : 0;
        }

        Assert.InRange(goodWasSlower, (pairs / 2) - 50, (pairs / 2) + 50);
    }

    [Fact]
    public async Task With_raw_operations_the_edge_sees_the_padding_itself()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test", rawOperations: true);
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var block = Block([3, 3, .. RandomNumberGenerator.GetBytes(46)]);

        Assert.Equal(block, (await edge.AskAsync(Requests.Raw(Opcode.RsaDecrypt, site, Encrypted(site, block)))).Payload);
    }

    private static async Task<long> TimeAsync(HostileEdge edge, Request request)
    {
        var started = Stopwatch.GetTimestamp();
        await edge.AskAsync(request);
        return Stopwatch.GetTimestamp() - started;
    }

    /// <summary>The tags and lengths of a reply, without what is in it.</summary>
    private static string Shape(Answer answer)
    {
        var shape = new List<string>();
        for (var at = 0; at + 3 <= answer.Body.Length; at += 3 + (answer.Body[at + 1] << 8 | answer.Body[at + 2]))
            shape.Add($"{answer.Body[at]:X2}:{answer.Body[at + 1] << 8 | answer.Body[at + 2]}");
        return string.Join(' ', shape);
    }

    private static IEnumerable<byte[]> Ciphertexts(TestCertificate site)
    {
        yield return Encrypted(site, Block([3, 1, .. new byte[46]]));                                       // version
        yield return Encrypted(site, Block([3, 3, .. new byte[45]]));                                       // one byte short
        yield return Encrypted(site, Block([3, 3, .. new byte[47]]));                                       // one byte long
        yield return Encrypted(site, [0, 1, .. Enumerable.Repeat((byte)7, 254)]);                           // block type 1
        yield return Encrypted(site, [1, 2, .. Enumerable.Repeat((byte)7, 205), 0, 3, 3, .. new byte[46]]); // first byte (Manger)
        yield return Encrypted(site, [0, 2, .. Enumerable.Repeat((byte)7, 254)]);                           // no separator
        yield return Encrypted(site, [0, 2, 7, 0, .. Enumerable.Repeat((byte)7, 252)]);                     // separator too early
        yield return [.. Enumerable.Repeat((byte)0xFF, 256)];                                               // not below the modulus
        yield return new byte[256];
        yield return new byte[255];
        yield return new byte[1];
        yield return [];
    }

    private static byte[] Block(byte[] content) => [0, 2, .. Enumerable.Repeat((byte)7, 256 - 3 - content.Length), 0, .. content];

    // Public values only.
    private static byte[] Encrypted(TestCertificate site, byte[] block)
    {
        var key = site.Rsa().ExportParameters(includePrivateParameters: false);
        var result = System.Numerics.BigInteger.ModPow(Number(block), Number(key.Exponent!), Number(key.Modulus!)).ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[256 - result.Length], .. result];

        static System.Numerics.BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
    }
}
