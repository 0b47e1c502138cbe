using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Upstreams;

/// <summary>An edge on a machine that nobody trusts with a key, near its visitors: sessions go on without the key server, and what it may keep without the origin (D4, D5).</summary>
public sealed class CdnNodeTests : IAsyncLifetime
{
    private KeylessDeployment _sites = null!;
    private Role? _owners;

    /// <summary>Where the owner's files are to be had, beside the key server.</summary>
    private int OwnersPort { get; } = FreePort.Next();

    public async ValueTask InitializeAsync() => _sites = await KeylessDeployment.StartAsync(new DeploymentPlan
    {
        Sites =
        [
            new("cdn", TestKey.EcdsaP256) { Settings = """{ "cache": true, "resumption": { "tickets": "edge", "lifetimeSeconds": 3600 } }""" },
            new("short", TestKey.EcdsaP256) { Settings = """{ "resumption": { "tickets": "edge", "lifetimeSeconds": 1 } }""" },
            new("asking", TestKey.EcdsaP256) { Settings = """{ "resumption": { "tickets": "key-server" } }""" },
            new("owned", TestKey.EcdsaP256) { Settings = """{ "cache": true, "upstreamKeyServer": "home" }""", Upstream = $"https://127.0.0.1:{OwnersPort}" },
        ],
    });

    public async ValueTask DisposeAsync()
    {
        if (_owners is not null)
            await _owners.DisposeAsync();
        await _sites.DisposeAsync();
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    [Trait("Catalogue", "D4")]
    [Trait("Catalogue", "D5")]
    public async Task With_key_server_and_origin_gone_a_session_goes_on_and_what_was_kept_is_served(string version)
    {
        using var folder = new TemporaryFolder();
        var session = folder.File("session");
        Assert.Contains("fwd=uri-miss; stored", (await VisitAsync("cdn", version, "-sess_out", session)).Output, StringComparison.OrdinalIgnoreCase);
        await VisitAsync("asking", version, "-sess_out", folder.File("asking"));

        _sites.KeyServer.Process.Kill();
        await _sites.KeyServer.Process.WaitForExitAsync();
        await _sites.Origin.DisposeAsync();

        var again = await VisitAsync("cdn", version, "-sess_in", session);
        Assert.Matches(new Regex("^Reused, TLSv1", RegexOptions.Multiline), again.Output);
        Assert.Contains("latchkey; hit", again.Output, StringComparison.Ordinal);
        Assert.Contains(Origin.Greeting + " once", again.Output, StringComparison.Ordinal);
        // A new client needs the key, and so does one whose session the key server was to open.
        Assert.DoesNotContain(Origin.Greeting, (await VisitAsync("cdn", version)).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1", (await VisitAsync("asking", version, "-sess_in", folder.File("asking"))).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    [Trait("Catalogue", "D4")]
    [Trait("Catalogue", "R10")]
    public async Task After_the_sites_lifetime_a_session_asks_the_key_server_again(string version)
    {
        using var folder = new TemporaryFolder();
        var session = folder.File("session");
        await VisitAsync("short", version, "-sess_out", session);

        // The only way to be older is to wait.
        await Task.Delay(TimeSpan.FromSeconds(1.2), TestContext.Current.CancellationToken);

        Assert.Matches(new Regex("^New, TLSv1", RegexOptions.Multiline), (await VisitAsync("short", version, "-sess_in", session)).Output);
    }

    [Fact]
    [Trait("Catalogue", "D5")]
    public async Task The_origin_may_be_beside_the_key_server_and_answers_admitted_edges_alone()
    {
        _owners = await StartOwnersOriginAsync();

        var first = await CurlClient.RunAsync(_sites, "owned.example.test", "/style.css", ["-i"]);
        var second = await CurlClient.RunAsync(_sites, "owned.example.test", "/style.css", ["-i"]);
        var stranger = await ChildProcess.RunAsync(
            Tool.SkipUnless("curl"), ["-sS", "-k", "--resolve", $"owned.example.test:{OwnersPort}:127.0.0.1", $"https://owned.example.test:{OwnersPort}/style.css"]);

        Assert.Contains("the owner's style", first.Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("latchkey; hit", second.Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("the owner's style", second.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, stranger.ExitCode);
        Assert.DoesNotContain("style", stranger.Output, StringComparison.Ordinal);
    }

    /// <summary>As docs/cdn.md has it, with the files of keyserver.json.</summary>
    private Task<Role> StartOwnersOriginAsync()
    {
        var folder = _sites.Files.KeyServer;
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "www")).FullName, "style.css"), "/* the owner's style */");
        var site = new JsonObject
        {
            ["names"] = new JsonArray("owned.example.test"),
            ["certificate"] = "ks.pem",
            ["key"] = "ks.key",
            ["clientCertificates"] = new JsonObject { ["mode"] = "require", ["ca"] = "ca.pem" },
            ["upstream"] = "file:www",
            ["maxAgeSeconds"] = 60,
        };
        File.WriteAllText(Path.Combine(folder, "edge.json"), new JsonObject { ["listen"] = new JsonArray($"127.0.0.1:{OwnersPort}"), ["sites"] = new JsonArray(site) }.ToJsonString());
        return Role.StartAsync("edge", folder);
    }

    private Task<ChildResult> VisitAsync(string site, string version, params string[] options)
    {
        var host = _sites.Site(site).Host;
        return OpenSslClient.RunAsync(_sites, host, [version, .. options], $"GET /kept HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    }
}
