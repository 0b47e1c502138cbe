using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>Attack 2: the edge was honest when the session was made, kept a note of everything, nonces among it, and is in the attacker's hands now.</summary>
[Trait("Attack", "2")]
[Trait("Catalogue", "X4")]
public sealed class Attack02CompromisedLaterTests
{
    [Fact]
    public async Task A_nonce_that_an_edge_kept_opens_nothing_a_second_time()
    {
        await using var server = new AttackedKeyServer { RefusesReplays = true };
        var session = new RecordedSession(server.AddKey(TestKey.Rsa2048, "site.test"));
        await server.StartAsync();
        await using var honest = await server.ConnectAsync("edge-a");
        Assert.Equal(session.MasterSecret, (await honest.AskAsync(session.Question(session.Nonce))).Payload);

        await using var other = await server.ConnectAsync("edge-b");
        var again = await honest.AskAsync(session.Question(session.Nonce));
        var byAnother = await other.AskAsync(session.Question(session.Nonce));

        Assert.Equal([KeylessError.Replayed, KeylessError.Replayed], new[] { again.Error, byAnother.Error });
    }

    [Fact]
    public async Task A_nonce_that_an_edge_kept_opens_nothing_later_also_after_the_key_server_has_forgotten()
    {
        await using var server = new AttackedKeyServer { RefusesReplays = true };
        var session = new RecordedSession(server.AddKey(TestKey.Rsa2048, "site.test"), new Past(TimeSpan.FromSeconds(61)));
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        Assert.Equal(KeylessError.Replayed, (await edge.AskAsync(session.Question(session.Nonce))).Error);
    }

    [Fact]
    public async Task With_raw_operations_an_edge_compromised_later_opens_what_was_recorded_ever()
    {
        await using var server = new AttackedKeyServer { RefusesReplays = true };
        var session = new RecordedSession(server.AddKey(TestKey.Rsa2048, "site.test", rawOperations: true), new Past(TimeSpan.FromDays(365)));
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        var block = await edge.AskAsync(Requests.Raw(Opcode.RsaDecrypt, session.Site, session.EncryptedPremaster));

        Assert.Equal(session.MasterSecret, session.DeriveFrom(block.Payload[^48..]));
    }

    [Fact]
    public async Task An_edge_whose_right_was_withdrawn_has_nothing_opened_any_more()
    {
        await using var server = new AttackedKeyServer { RefusesReplays = true };
        var session = new RecordedSession(server.AddKey(TestKey.Rsa2048, "site.test", allowedEdges: ["edge-a"]));
        await server.StartAsync();
        await using var withdrawn = await server.ConnectAsync("edge-b");

        Assert.Equal(KeylessError.KeyNotFound, (await withdrawn.AskAsync(session.Question(session.Nonce))).Error);
    }

    private sealed class Past(TimeSpan ago) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - ago;
    }
}
