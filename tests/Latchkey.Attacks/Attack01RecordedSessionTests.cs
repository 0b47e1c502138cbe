using Latchkey.Testing;
using Latchkey.Tls.Custodies;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>
/// Attack 1: somebody has recorded a session with RSA key exchange, and an edge submits its ClientKeyExchange to have the session opened (Bhargavan et al. 2017).
/// </summary>
[Trait("Attack", "1")]
[Trait("Catalogue", "X4")]
public sealed class Attack01RecordedSessionTests
{
    [Fact]
    public async Task A_recorded_session_is_not_opened_by_its_server_random()
    {
        await using var server = new AttackedKeyServer { RefusesReplays = true };
        var recorded = new RecordedSession(server.AddKey(TestKey.Rsa2048, "site.test"));
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        // What was on the wire is the random; it is no nonce, neither of this moment nor one that leads to itself.
        var asNonce = await edge.AskAsync(recorded.Question(recorded.ServerRandom));
        var withTime = await edge.AskAsync(recorded.Question([.. Nonce()[..8], .. recorded.ServerRandom[8..]]));

        Assert.Equal(KeylessError.Replayed, asNonce.Error);
        Assert.Equal((Opcode.Response, 48), (withTime.Opcode, withTime.Payload.Length));
        Assert.NotEqual(recorded.MasterSecret, withTime.Payload);
    }

    [Fact]
    public async Task With_raw_operations_a_recorded_session_is_opened()
    {
        await using var server = new AttackedKeyServer { RefusesReplays = true };
        var recorded = new RecordedSession(server.AddKey(TestKey.Rsa2048, "site.test", rawOperations: true));
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        var block = await edge.AskAsync(Requests.Raw(Opcode.RsaDecrypt, recorded.Site, recorded.EncryptedPremaster));

        Assert.Equal(recorded.MasterSecret, recorded.DeriveFrom(block.Payload[^48..]));
    }

    private static byte[] Nonce() => FreshServerRandom.Create(DowngradeSentinel.None, TimeProvider.System).Nonce.ToArray();
}
