using System.Text.Json.Nodes;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Splitting;

/// <summary>A key whose parts are at two key servers and not at the edge: the one that the edge asks fetches the other's part for each operation.</summary>
[Trait("Catalogue", "S5")]
public sealed class TwoKeyServersTests
{
    [Fact]
    public async Task A_page_is_served_while_both_key_servers_are_there_and_not_with_one()
    {
        Role? other = null;
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            Sites =
            [
                new("rsa", TestKey.Rsa2048) { Settings = """{ "resumption": false }""" },
                new("keys", TestKey.EcdsaP256) { Custody = "session-keys", Settings = """{ "resumption": false }""" },
            ],
            Change = files => other = Divide(files),
        });
        await using var second = other!;
        await sites.KeyServer.Process.WaitForLineAsync("\"other\": connected");
        foreach (var site in (string[])["rsa", "keys"])
        {
            foreach (var version in (string[])["-tls1_3", "-tls1_2"])
                Assert.Contains(Origin.Greeting, (await VisitAsync(sites, site, version)).Succeeded().Output, StringComparison.Ordinal);
        }

        second.Process.Kill();
        Assert.DoesNotContain(Origin.Greeting, (await VisitAsync(sites, "rsa", "-tls1_3")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_server_gives_no_part_to_whom_its_owner_does_not_name()
    {
        Role? other = null;
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            Sites = [new("rsa", TestKey.Rsa2048)],
            Change = files => other = Divide(files, allowed: "somebody.else"),
        });
        await using var second = other!;
        await sites.KeyServer.Process.WaitForLineAsync("\"other\": connected");
        Assert.DoesNotContain(Origin.Greeting, (await VisitAsync(sites, "rsa", "-tls1_3")).Output, StringComparison.Ordinal);
        await sites.KeyServer.Process.WaitForLineAsync("was not joined: key server \"other\" gave no part");
    }

    private static Task<ChildResult> VisitAsync(KeylessDeployment sites, string site, string version)
    {
        var host = sites.Site(site).Host;
        return OpenSslClient.RunAsync(sites, host, [version], $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    }

    /// <summary>Splits the keys, starts the other key server with the first parts, and tells the deployment's own of it.</summary>
    private static Role Divide(DeploymentFiles files, string allowed = "ks-as-client.test")
    {
        var folder = Path.Combine(files.Folder, "other");
        Directory.CreateDirectory(Path.Combine(folder, "keys"));
        SplitKeySites.Split(Path.Combine(files.KeyServer, "keys"), Path.Combine(folder, "keys"));
        files.Links.IssueClient("ks-as-client.test").Write(files.KeyServer, "client");
        foreach (var file in (string[])["ks.pem", "ks.key", "ca.pem", "keyserver.json"])
            File.Copy(Path.Combine(files.KeyServer, file), Path.Combine(folder, file));
        Write(folder, config => config["keys"] = new JsonArray(new JsonObject
        {
            ["path"] = "keys",
            ["rules"] = new JsonArray(new JsonObject { ["edges"] = new JsonArray(allowed), ["operations"] = new JsonArray("key-part") }),
        }));
        var role = Role.StartAsync("keyserver", folder).GetAwaiter().GetResult();
        Write(files.KeyServer, config =>
        {
            config["keyServers"] = new JsonObject
            {
                ["other"] = new JsonObject { ["endpoints"] = new JsonArray($"127.0.0.1:{role.Port}"), ["certificate"] = "client.pem", ["key"] = "client.key", ["ca"] = "ca.pem" },
            };
            config["keys"]![0]!["partsFrom"] = new JsonArray("other");
        });
        return role;
    }

    private static void Write(string folder, Action<JsonNode> change)
    {
        var file = Path.Combine(folder, "keyserver.json");
        var config = JsonNode.Parse(File.ReadAllText(file))!;
        change(config);
        File.WriteAllText(file, config.ToJsonString());
    }
}
