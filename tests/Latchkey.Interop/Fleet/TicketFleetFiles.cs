using System.Text.Json.Nodes;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Fleet;

/// <summary>The folders of a fleet: <c>keyserver-a</c>, <c>keyserver-b</c>, <c>edge-1</c> and so on, each with a certificate of its own for the link.</summary>
internal sealed class TicketFleetFiles : IDisposable
{
    private readonly TicketFleetPlan _plan;

    public TicketFleetFiles(TicketFleetPlan plan, SitePlan site)
    {
        _plan = plan;
        Deployment = new DeploymentFiles(new DeploymentPlan { Sites = [site] });
    }

    public DeploymentFiles Deployment { get; }

    public string KeyServer(char name) => Path.Combine(Deployment.Folder, $"keyserver-{name}");

    /// <param name="number">From 1 on.</param>
    public string Edge(int number) => Path.Combine(Deployment.Folder, $"edge-{number}");

    /// <summary>The name in an edge's certificate.</summary>
    public static string NameOf(int number) => $"edge-{number}.test";

    /// <param name="peerPort">Where this one finds the other.</param>
    public void WriteKeyServer(char name, int port, int peerPort)
    {
        var folder = KeyServer(name);
        var peer = name == 'a' ? 'b' : 'a';
        Copy(Deployment.KeyServer, folder);
        Deployment.Links.IssueClient($"keyserver-{name}.test").Write(folder, "peer");
        var config = new JsonObject
        {
            ["listen"] = $"127.0.0.1:{port}",
            ["certificate"] = "ks.pem",
            ["key"] = "ks.key",
            ["clientCa"] = "ca.pem",
            ["keys"] = new JsonArray(new JsonObject
            {
                ["path"] = "keys",
                ["ticketKeys"] = true,
                ["allowedEdges"] = new JsonArray([.. Enumerable.Range(0, _plan.Edges.Count + 1).Select(number => (JsonNode)NameOf(number))]),
            }),
            // The time in a TLS 1.2 nonce is the edge's, and some edges' clocks are wrong.
            ["freshness"] = new JsonObject { ["windowSeconds"] = 3600 },
            ["ticketKeys"] = new JsonObject { ["generate"] = true, ["periodSeconds"] = _plan.Period, ["leadSeconds"] = _plan.Lead, ["openSeconds"] = _plan.Open },
        };
        if (_plan.Peers)
        {
            config["keyServers"] = new JsonObject { [$"{peer}"] = Link(peerPort, "peer") };
            config["ticketKeys"]!["peers"] = new JsonArray($"{peer}");
            config["ticketKeys"]!["sharedWith"] = new JsonArray($"keyserver-{peer}.test");
        }

        File.WriteAllText(Path.Combine(folder, "keyserver.json"), config.ToJsonString());
    }

    /// <param name="number">From 1 on.</param>
    /// <param name="keyServerPorts">Of the key servers it has.</param>
    public void WriteEdge(int number, SitePlan site, string origin, params IEnumerable<int> keyServerPorts)
    {
        var folder = Edge(number);
        Copy(Deployment.Edge, folder);
        Deployment.Links.IssueClient(NameOf(number)).Write(folder, "edge");
        var home = Link(0, "edge");
        home["endpoints"] = new JsonArray([.. keyServerPorts.Select(port => (JsonNode)$"127.0.0.1:{port}")]);
        var config = new JsonObject
        {
            ["listen"] = new JsonArray("127.0.0.1:0"),
            ["keyServers"] = new JsonObject { ["home"] = home },
            ["sites"] = new JsonArray(site.ToJson(origin)),
        };
        File.WriteAllText(Path.Combine(folder, "edge.json"), config.ToJsonString());
    }

    /// <summary>Alters the ticket keys' part of a key server's configuration, which takes effect with its next reload.</summary>
    public void ChangeTicketKeys(char name, string property, JsonNode value)
    {
        var file = Path.Combine(KeyServer(name), "keyserver.json");
        var config = JsonNode.Parse(File.ReadAllText(file))!;
        config["ticketKeys"]![property] = value;
        File.WriteAllText(file, config.ToJsonString());
    }

    public void Dispose() => Deployment.Dispose();

    private static JsonObject Link(int port, string identity) => new()
    {
        ["endpoints"] = new JsonArray($"127.0.0.1:{port}"),
        ["certificate"] = $"{identity}.pem",
        ["key"] = $"{identity}.key",
        ["ca"] = "ca.pem",
    };

    private static void Copy(string from, string to)
    {
        foreach (var folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories).Prepend(from))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }
}
