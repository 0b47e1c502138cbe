using System.Text.Json.Nodes;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Finding;

/// <summary>Which site and whose key server a client gets: by name, by the address it connected to, by default.</summary>
public sealed class FindingTests
{
    [Theory]
    [Trait("Catalogue", "I2")]
    [InlineData("1.2")]
    [InlineData("1.3")]
    public async Task A_client_without_a_name_gets_the_site_of_the_address_it_connected_to(string version)
    {
        await using var sites = await StartAsync("""{ "addresses": ["127.0.0.2"] }""");
        var seen = await VisitWithoutNameAsync(sites, "127.0.0.2", version);
        Assert.Contains("CN = second.example.test", seen.Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains($"{Origin.Greeting}, second.example.test", seen.Output, StringComparison.Ordinal);

        // No site has this address, and there is no default.
        Assert.Contains("SSL alert number 112\n", (await VisitWithoutNameAsync(sites, "127.0.0.1", version)).Errors, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Catalogue", "I1")]
    public async Task A_name_nobody_has_gets_the_default_site_where_there_is_one()
    {
        await using var sites = await StartAsync("{}", config => config["defaultSite"] = "second.example.test");
        foreach (var name in new[] { "-noservername", "-servername=unknown.example.test" })
        {
            var seen = await OpenSslAsync(sites, "127.0.0.1", "1.3", name.Split('='));
            Assert.Contains("CN = second.example.test", seen.Succeeded().Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Trait("Catalogue", "I5")]
    public async Task Sites_of_two_owners_are_served_by_one_edge_with_a_key_server_each()
    {
        // Two deployments of which one's edge also serves the other's site: other authorities, another link certificate, other keys.
        await using var first = await KeylessDeployment.StartAsync(Plan("{}"));
        await using var second = await KeylessDeployment.StartAsync(new DeploymentPlan { Sites = [new("other", TestKey.Rsa2048)] });
        CopyOwner(second, first);
        await ReconfigureAsync(first, config =>
        {
            var link = config["keyServers"]!["home"]!.DeepClone();
            (link["certificate"], link["key"], link["ca"]) = ("away/edge.pem", "away/edge.key", "away/ca.pem");
            link["endpoints"] = new JsonArray(second.KeyServer.Endpoint.ToString());
            config["keyServers"]!["away"] = link;
            var site = config["sites"]![0]!.DeepClone();
            (site["names"], site["certificate"], site["keyServer"]) = (new JsonArray("other.example.test"), "away/other.pem", "away");
            config["sites"]!.AsArray().Add(site);
        });

        await first.Edge.ConnectsAsync();
        Assert.Contains(Origin.Greeting, await FetchAsync(first, "first.example.test", first.CaFile), StringComparison.Ordinal);
        Assert.Contains(Origin.Greeting, await FetchAsync(first, "other.example.test", second.CaFile), StringComparison.Ordinal);

        // One owner's outage is not the other's; curl begins a new session each time.
        Assert.Equal(0, await second.KeyServer.StopAsync());
        Assert.NotEqual(0, (await CurlAsync(first, "other.example.test", second.CaFile)).ExitCode);
        Assert.Contains(Origin.Greeting, await FetchAsync(first, "first.example.test", first.CaFile), StringComparison.Ordinal);
        Assert.Equal(200, (await first.Edge.AdminAsync("/readyz")).Status);
    }

    private static DeploymentPlan Plan(string second) => new() { Listen = "0.0.0.0:0", Sites = [new("first", TestKey.EcdsaP256), new("second", TestKey.EcdsaP256) { Settings = second }] };

    private static async Task<KeylessDeployment> StartAsync(string second, Action<JsonNode>? change = null)
    {
        var sites = await KeylessDeployment.StartAsync(Plan(second));
        if (change is not null)
            await ReconfigureAsync(sites, change);
        return sites;
    }

    private static string EdgeFile(KeylessDeployment sites) => Path.Combine(sites.Files.Edge, "edge.json");

    private static async Task ReconfigureAsync(KeylessDeployment sites, Action<JsonNode> change)
    {
        var config = JsonNode.Parse(await File.ReadAllTextAsync(EdgeFile(sites)))!;
        change(config);
        await File.WriteAllTextAsync(EdgeFile(sites), config.ToJsonString());
        sites.Edge.Process.Send(Signal.HangUp);
        await sites.Edge.Process.WaitForLineAsync("edge has reloaded");
    }

    private static void CopyOwner(KeylessDeployment from, KeylessDeployment to)
    {
        var folder = Directory.CreateDirectory(Path.Combine(to.Files.Edge, "away")).FullName;
        foreach (var file in new[] { "edge.pem", "edge.key", "ca.pem", "other.pem" })
            File.Copy(Path.Combine(from.Files.Edge, file), Path.Combine(folder, file));
    }

    private static Task<ChildResult> VisitWithoutNameAsync(KeylessDeployment sites, string address, string version) => OpenSslAsync(sites, address, version, ["-noservername"]);

    private static Task<ChildResult> OpenSslAsync(KeylessDeployment sites, string address, string version, string[] name) => ChildProcess.RunAsync(
        Tool.SkipUnless("openssl"),
        ["s_client", "-connect", $"{address}:{sites.Port}", "-CAfile", sites.CaFile, "-verify_return_error", "-ign_eof", version == "1.2" ? "-tls1_2" : "-tls1_3", .. name],
        "GET /hello HTTP/1.1\r\nHost: second.example.test\r\nConnection: close\r\n\r\n");

    private static async Task<string> FetchAsync(KeylessDeployment sites, string host, string ca) => (await CurlAsync(sites, host, ca)).Succeeded().Output;

    private static Task<ChildResult> CurlAsync(KeylessDeployment sites, string host, string ca) => CurlClient.RunAsync(sites, host, "/hello", ["--cacert", ca]);
}
