using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Latchkey.Interop.Deployment;
using Latchkey.Interop.Matrix;
using Latchkey.Testing;

namespace Latchkey.Interop.Fleet;

/// <summary>An edge with two key server processes of the same keys; the first can be made bad on its way.</summary>
internal sealed class TwoKeyServers : IAsyncDisposable
{
    public const string Host = "ecdsa.example.test";

    private readonly LinkTap? _tap;

    private TwoKeyServers(KeylessDeployment sites, Role second, LinkTap? tap)
    {
        (Sites, Second, _tap) = (sites, second, tap);
    }

    public KeylessDeployment Sites { get; }

    public Role Edge => Sites.Edge;

    public Role First => Sites.KeyServer;

    public Role Second { get; }

    /// <summary>What lies between the edge and the first.</summary>
    public DelayingProxy Link => Sites.Link;

    /// <summary>Where the edge finds the first.</summary>
    public string FirstEndPoint { get; private set; } = "";

    /// <summary>Whether the first's answers are altered on the way, as by a key server that computes wrongly.</summary>
    public bool Spoils
    {
        set => _tap!.Spoils = value;
    }

    /// <param name="direct">The edge connects to the first itself, with nothing between.</param>
    public static async Task<TwoKeyServers> StartAsync(bool direct, string custody = "signature", JsonObject? balancing = null)
    {
        var sites = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            Sites = [new("ecdsa", TestKey.EcdsaP256) { Custody = custody, Settings = """{ "resumption": { "tickets": "off", "sessionIds": "off" } }""" }],
            Tapped = !direct,
            Change = ShareSealingSecret,
        });
        var pool = new TwoKeyServers(sites, await Role.StartAsync("keyserver", sites.Files.KeyServer), sites.Tap)
        {
            FirstEndPoint = direct ? sites.KeyServer.Endpoint.ToString() : sites.Link.Endpoint.ToString(),
        };
        await pool.JoinAsync(balancing);
        return pool;
    }

    /// <summary>The edge's <c>/status</c> of each: the first, the second.</summary>
    public async Task<JsonElement[]> StatusAsync()
    {
        using var status = JsonDocument.Parse((await Edge.AdminAsync("/status")).Body);
        return [.. status.RootElement.GetProperty("details").GetProperty("keyServers")[0].GetProperty("endPoints").EnumerateArray().Select(one => one.Clone())];
    }

    /// <summary>Until the edge is connected to both and gives both operations.</summary>
    public Task BothServeAsync() => UntilAsync(status => Array.TrueForAll(status, one => one.GetProperty("isConnected").GetBoolean()));

    public async Task UntilAsync(Func<JsonElement[], bool> condition)
    {
        using var patience = new CancellationTokenSource(ChildProcess.Patience);
        while (!condition(await StatusAsync()))
        {
            Assert.False(patience.IsCancellationRequested, string.Join("\n", Edge.Process.Lines));
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Second.DisposeAsync();
        await Sites.DisposeAsync();
    }

    private async Task JoinAsync(JsonObject? balancing)
    {
        var file = Path.Combine(Sites.Files.Edge, "edge.json");
        var config = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        config["keyServers"]!["home"]!["endpoints"] = new JsonArray(FirstEndPoint, Second.Endpoint.ToString());
        if (balancing is not null)
            config["keyServers"]!["home"]!["balancing"] = balancing;
        await File.WriteAllTextAsync(file, config.ToJsonString());
        Edge.Process.Send(Signal.HangUp);
        await Edge.Process.WaitForLineAsync("edge has reloaded");
        await BothServeAsync();
    }

    private static void ShareSealingSecret(DeploymentFiles files)
    {
        File.WriteAllBytes(Path.Combine(files.KeyServer, "sealing.secret"), RandomNumberGenerator.GetBytes(48));
        var file = Path.Combine(files.KeyServer, "keyserver.json");
        var config = JsonNode.Parse(File.ReadAllText(file))!;
        config["sealingSecretFile"] = "sealing.secret";
        File.WriteAllText(file, config.ToJsonString());
    }
}
