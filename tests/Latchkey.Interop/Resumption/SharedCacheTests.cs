using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Resumption;

/// <summary>Two edges that know nothing of each other but the cache: a session of one goes on at the other (R1).</summary>
[Trait("Catalogue", "R1")]
public sealed class SharedCacheTests
{
    private const string Shared = """{ "resumption": { "tickets": "off", "sessionIds": "shared" } }""";

    [Fact]
    public async Task A_client_resumes_at_either_edge_a_thousand_times_without_a_question_to_the_key_server()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await StartAsync(redis.Port);
        await using var second = await StartSecondAsync(first);
        using var client = new ReconnectingClient("1.2", takesTickets: false);
        var host = first.Site("shared").Host;
        Assert.False(client.Visit(first.Port, host).Resumed);
        first.Tap!.Clear();

        for (var i = 0; i < 1_000; i++)
        {
            var (resumed, answer) = client.Visit(i % 2 == 0 ? second.Port : first.Port, host);
            Assert.True(resumed, $"reconnect {i + 1}");
            Assert.Contains(Origin.Greeting, answer, StringComparison.Ordinal);
        }

        Assert.Empty(first.Tap.Messages);
        // One entry with an end of its own, sealed, under a hash.
        var key = await redis.AskAsync("--scan");
        Assert.Matches("^latchkey:session:[0-9a-f]{64}$", key);
        Assert.InRange(int.Parse(await redis.AskAsync("ttl", key), System.Globalization.CultureInfo.InvariantCulture), 43_000, 43_200);
        Assert.DoesNotContain(host, await redis.AskAsync("get", key), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Catalogue", "T3")]
    public async Task Under_ticket_keys_edges_share_sessions_without_a_secret_on_any_disk()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await StartAsync(redis.Port, """{ "resumption": { "tickets": "ticket-key", "sessionIds": "shared" } }""", secretFile: false);
        await using var second = await StartSecondAsync(first);
        var host = first.Site("shared").Host;
        using var client = new ReconnectingClient("1.2", takesTickets: false);
        // The keys come a moment after an edge is ready.
        for (var patience = 100; patience > 0 && !await ResumesAsync(); patience--)
        {
        }

        for (var i = 0; i < 50; i++)
            Assert.True(client.Visit(i % 2 == 0 ? first.Port : second.Port, host).Resumed, $"reconnect {i + 1}");

        async Task<bool> ResumesAsync()
        {
            client.Visit(first.Port, host);
            if (client.Visit(second.Port, host).Resumed && client.Visit(first.Port, host).Resumed)
                return true;
            await Task.Delay(100);
            return false;
        }
    }

    [Fact]
    [Trait("Catalogue", "R10")]
    public async Task Without_the_cache_handshakes_are_full_ones_and_none_fails()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var sites = await StartAsync(redis.Port);
        using var client = new ReconnectingClient("1.2", takesTickets: false);
        var host = sites.Site("shared").Host;
        client.Visit(sites.Port, host);
        Assert.True(client.Visit(sites.Port, host).Resumed);

        await redis.DisposeAsync();

        for (var i = 0; i < 20; i++)
        {
            var (resumed, answer) = client.Visit(sites.Port, host);
            Assert.False(resumed);
            Assert.Contains(Origin.Greeting, answer, StringComparison.Ordinal);
        }
        await sites.Edge.Process.WaitForLineAsync("The shared session cache failed");
    }

    [Fact]
    [Trait("Catalogue", "R10")]
    public async Task Entries_that_somebody_changed_are_no_sessions()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var sites = await StartAsync(redis.Port);
        using var client = new ReconnectingClient("1.2", takesTickets: false);
        var host = sites.Site("shared").Host;
        client.Visit(sites.Port, host);
        var key = await redis.AskAsync("--scan");

        await redis.AskAsync("setrange", key, "60", "x");

        Assert.False(client.Visit(sites.Port, host).Resumed);
        Assert.True(client.Visit(sites.Port, host).Resumed);
    }

    private static Task<KeylessDeployment> StartAsync(int redis, string settings = Shared, bool secretFile = true) => KeylessDeployment.StartAsync(new DeploymentPlan
    {
        Tapped = true,
        Sites = [new("shared", TestKey.EcdsaP256) { Settings = settings }],
        EdgeSettings = new JsonObject
        {
            // More patience than in earnest: it is not the machine's load that is tested.
            ["sessionCache"] = new JsonObject { ["redis"] = $"127.0.0.1:{redis}", ["secretFile"] = secretFile ? "sessions.secret" : null, ["passwordFile"] = "redis.password", ["timeoutMilliseconds"] = 5_000 },
        },
        Change = files =>
        {
            File.WriteAllBytes(Path.Combine(files.Edge, "sessions.secret"), RandomNumberGenerator.GetBytes(48));
            File.WriteAllText(Path.Combine(files.Edge, "redis.password"), RedisServer.Password + "\n");
        },
    });

    /// <summary>Another edge process with the same files.</summary>
    private static async Task<Role> StartSecondAsync(KeylessDeployment deployment)
    {
        var edge = await Role.StartAsync("edge", deployment.Files.Edge);
        await edge.ConnectsAsync();
        return edge;
    }
}
