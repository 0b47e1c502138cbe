using System.Text.Json.Nodes;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.KeyPlaces;

/// <summary>Sites of every custody whose key server has none of their keys: it asks another key server, three processes in all (S3).</summary>
public sealed class DistantSites : IAsyncDisposable
{
    public static IReadOnlyList<string> Custodies { get; } = ["signature", "exchange", "master-secret", "session-keys", "handshake"];

    private readonly Lock _starting = new();
    private Task<KeylessDeployment>? _sites;

    /// <summary>The key server that has the keys.</summary>
    public Role Inner { get; private set; } = null!;

    public Task<KeylessDeployment> GetAsync()
    {
        lock (_starting)
            return _sites ??= StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_sites is not { IsCompletedSuccessfully: true })
            return;
        await (await GetAsync()).DisposeAsync();
        await Inner.DisposeAsync();
    }

    private async Task<KeylessDeployment> StartAsync()
    {
        var port = FreePort.Next();
        SitePlan[] plans = [.. Custodies.SelectMany(custody => new SitePlan[]
        {
            new($"{custody}-ecdsa", TestKey.EcdsaP256) { Custody = custody },
            new($"{custody}-rsa", TestKey.Rsa2048) { Custody = custody, Profile = "compatible" },
        })];
        var folder = "";
        var sites = await KeylessDeployment.StartAsync(new DeploymentPlan { Sites = plans, Change = files => folder = MoveKeys(files, plans, port) });
        // The outer one did not wait for it.
        Inner = await Role.StartAsync("keyserver", folder);
        // It tries again by and by; until then operations fail at once, which is not what these tests are about.
        await sites.KeyServer.Process.WaitForLineAsync("\"inner\": connected");
        return sites;
    }

    private static string MoveKeys(DeploymentFiles files, SitePlan[] plans, int port)
    {
        var inner = Directory.CreateDirectory(Path.Combine(files.Folder, "inner")).FullName;
        Directory.Move(Path.Combine(files.KeyServer, "keys"), Path.Combine(inner, "keys"));
        files.Links.Write(inner, "ca");
        files.Links.IssueServer(TestKey.EcdsaP256, "localhost", "127.0.0.1").Write(inner, "ks");
        files.Links.IssueClient("outer.test").Write(files.KeyServer, "outer");
        var config = Path.Combine(files.KeyServer, "keyserver.json");
        var outer = JsonNode.Parse(File.ReadAllText(config))!.AsObject();
        var own = outer.DeepClone().AsObject();
        own["listen"] = $"127.0.0.1:{port}";
        own["keys"] = new JsonArray(new JsonObject { ["path"] = "keys", ["allowedEdges"] = new JsonArray("outer.test") });
        File.WriteAllText(Path.Combine(inner, "keyserver.json"), own.ToJsonString());

        outer["keyServers"] = new JsonObject
        {
            ["inner"] = new JsonObject { ["endpoints"] = new JsonArray($"127.0.0.1:{port}"), ["certificate"] = "outer.pem", ["key"] = "outer.key", ["ca"] = "ca.pem" },
        };
        outer["keys"] = new JsonArray([.. plans.Select(plan => (JsonNode)new JsonObject
        {
            ["uri"] = "keyless:inner", ["certificates"] = Path.Combine(files.Edge, plan.Name + ".pem"), ["handOverMasterSecret"] = true,
        })]);
        File.WriteAllText(config, outer.ToJsonString());
        return inner;
    }
}
