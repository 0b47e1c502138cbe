using Latchkey.Crypto;
using Latchkey.KeyServer.Policy;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>Attack 6: an edge has many signatures made now, to use them when it may no longer ask.</summary>
[Trait("Attack", "6")]
public sealed class Attack06StockpilingTests
{
    private const int Quota = 5;

    [Fact]
    public async Task A_quota_ends_a_stockpile_over_however_many_connections_it_is_collected()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", new KeyRule { Quota = new UseQuota(Quota, TimeSpan.FromDays(1)) });
        await server.StartAsync();

        var collected = 0;
        KeylessError last = default;
        for (var connection = 0; connection < 3; connection++)
        {
            await using var edge = await server.ConnectAsync("edge-a");
            for (var i = 0; i < Quota; i++)
            {
                var answer = await edge.AskAsync(Requests.CertificateVerify(site, (ushort)SignatureScheme.EcdsaSecp256r1Sha256, new byte[32]));
                (collected, last) = (collected + (answer.Opcode == Opcode.Response ? 1 : 0), answer.Error);
            }
        }

        Assert.Equal((Quota, KeylessError.RateLimited), (collected, last));
        await using var other = await server.ConnectAsync("edge-b");
        Assert.Equal(Opcode.Response, (await other.AskAsync(Requests.CertificateVerify(site, (ushort)SignatureScheme.EcdsaSecp256r1Sha256, new byte[32]))).Opcode);
    }

    // What the deployed protocol permits: a digest says nothing of when or for what, and without a quota there is no end to it.
    [Fact]
    public async Task With_raw_operations_and_no_quota_a_signature_made_today_serves_tomorrow()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", rawOperations: true);
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var stockpile = new List<(byte[] Message, byte[] Signature)>();

        for (byte i = 0; i < 4 * Quota; i++)
        {
            // A ServerKeyExchange of randoms that the attacker and its accomplice of a client will use some day.
            byte[] message = [.. Enumerable.Repeat(i, 64), 3, 0, 0x1D, 32, .. new byte[32]];
            var answer = await edge.AskAsync(Requests.Raw(Opcode.EcdsaSignSha256, site, System.Security.Cryptography.SHA256.HashData(message)));
            stockpile.Add((message, answer.Payload));
        }

        Assert.All(stockpile, entry => Assert.True(site.Verifies(SignatureScheme.EcdsaSecp256r1Sha256, entry.Message, entry.Signature)));
    }
}
