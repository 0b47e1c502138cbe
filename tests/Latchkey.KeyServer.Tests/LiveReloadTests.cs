using System.Net;
using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

/// <summary>What a reload of the whole configuration changes, on a connection that stays.</summary>
public sealed class LiveReloadTests
{
    [Fact]
    [Trait("Attack", "13")]
    public async Task New_rules_hold_for_the_next_question_of_an_open_connection()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync("edge-a");
        await edge.NegotiateAsync();
        Assert.Equal(KeylessError.None, await SignAsync(edge, site));

        await ReloadAsync(server, [new KeyRule { Edges = ["edge-b"] }]);
        Assert.Equal(KeylessError.KeyNotFound, await SignAsync(edge, site));

        await ReloadAsync(server, [new KeyRule { Edges = ["edge-a"] }]);
        Assert.Equal(KeylessError.None, await SignAsync(edge, site));
    }

    [Fact]
    [Trait("Attack", "6")]
    public async Task A_reload_gives_nobody_a_new_quota()
    {
        await using var server = new TestKeyServer { Rules = [Limited(2, "edge-a")] };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync("edge-a");
        await edge.NegotiateAsync();
        Assert.Equal((KeylessError.None, KeylessError.None, KeylessError.RateLimited), (await SignAsync(edge, site), await SignAsync(edge, site), await SignAsync(edge, site)));

        await ReloadAsync(server, [Limited(2, "edge-a", "edge-b")]);
        Assert.Equal(KeylessError.RateLimited, await SignAsync(edge, site));

        await ReloadAsync(server, [Limited(3, "edge-a")]);
        Assert.Equal((KeylessError.None, KeylessError.RateLimited), (await SignAsync(edge, site), await SignAsync(edge, site)));
    }

    [Fact]
    public async Task Limits_and_addresses_take_effect_too()
    {
        await using var server = new TestKeyServer();
        server.AddKey(TestKey.EcdsaP256, "site.test", withCertificate: true);
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        RequestItems byAddress = (ref items) =>
        {
            items = new OutgoingItems(Opcode.EcdsaSignSha256) { Payload = new byte[32], ServerIp = new byte[] { 192, 0, 2, 7 } };
        };
        Assert.NotEqual(Opcode.Response, (await edge.AskAsync(byAddress)).Opcode);

        await server.Server.ReloadAsync(server.Options(o => o.Addresses = new Dictionary<IPAddress, string> { [IPAddress.Parse("192.0.2.7")] = "site.test" }), TestContext.Current.CancellationToken);
        Assert.Equal(Opcode.Response, (await edge.AskAsync(byAddress)).Opcode);

        await server.Server.ReloadAsync(server.Options(o => o.Limits = new KeyServerLimits { QueuedRequests = 0 }), TestContext.Current.CancellationToken);
        Assert.Equal(KeylessError.Overloaded, (await edge.AskAsync(TestRequests.Raw(Opcode.EcdsaSignSha256, TestKeyServer.Issue(TestKey.EcdsaP256, "site.test").Ski(), new byte[32]))).Error);
    }

    [Fact]
    public async Task On_an_error_nothing_changes()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync("edge-a");
        await edge.NegotiateAsync();

        var broken = server.Options(o => (o.Rules, o.PreSharedKeys, o.Limits) = ([], [new() { Path = "/nowhere" }], new KeyServerLimits { QueuedRequests = 0 }));
        await Assert.ThrowsAsync<KeyFilesException>(() => server.Server.ReloadAsync(broken, TestContext.Current.CancellationToken));

        Assert.Equal(KeylessError.None, await SignAsync(edge, site));
        await server.Server.ReloadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(KeylessError.None, await SignAsync(edge, site));
    }

    [Fact]
    public async Task What_needs_a_restart_says_so()
    {
        await using var server = new TestKeyServer();
        server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();

        await server.Server.ReloadAsync(server.Options(), TestContext.Current.CancellationToken);
        Assert.Null(server.Log.Find(3037));

        using var secret = SecretBytes.Random(48);
        await server.Server.ReloadAsync(server.Options(o => (o.Limits, o.SealingSecret) = (new KeyServerLimits { Workers = 77 }, secret)), TestContext.Current.CancellationToken);
        Assert.Equal("limits.workers, sealingSecretFile: changed, takes effect with the next start.", server.Log.Find(3037));
    }

    private static KeyRule Limited(int uses, params string[] edges) => new() { Edges = edges, Quota = new UseQuota(uses, TimeSpan.FromDays(1)) };

    private static Task ReloadAsync(TestKeyServer server, IReadOnlyList<KeyRule> rules) =>
        server.Server.ReloadAsync(server.Options(o => o.Rules = rules), TestContext.Current.CancellationToken);

    private static async Task<KeylessError> SignAsync(TestEdge edge, TestCertificate site) =>
        (await edge.AskAsync(TestRequests.CertificateVerify(site.Ski(), (ushort)SignatureScheme.EcdsaSecp256r1Sha256, new byte[32]))).Error;
}
