using System.Text.Json.Nodes;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Interop.Matrix;
using Latchkey.Testing;

namespace Latchkey.Interop.Relay;

/// <summary>Sites whose handshakes the key server conducts, in both variants: <c>rsa</c>, <c>ecdsa</c>, and with the master secret at the edge <c>rsa-f1</c>, <c>ecdsa-f1</c>.</summary>
public sealed class RelayedSites : IAsyncLifetime
{
    private const string FinishedAtEdge = """{ "finished": "edge" }""";

    public KeylessDeployment Deployment { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Deployment = await KeylessDeployment.StartAsync(new DeploymentPlan
    {
        Tapped = true,
        Change = AllowHandingOver,
        Sites =
        [
            new("rsa", TestKey.Rsa2048) { Custody = "handshake", Profile = "legacy" },
            new("ecdsa", TestKey.EcdsaP256) { Custody = "handshake" },
            new("rsa-f1", TestKey.Rsa2048) { Custody = "handshake", Profile = "legacy", Settings = FinishedAtEdge },
            new("ecdsa-f1", TestKey.EcdsaP256) { Custody = "handshake", Settings = FinishedAtEdge },
            new("both", TestKey.EcdsaP256, TestKey.Rsa2048) { Custody = "handshake" },
        ],
    });

    public ValueTask DisposeAsync() => Deployment.DisposeAsync();

    internal string Host(string site) => Deployment.Site(site).Host;

    internal string Request(string site) => $"GET /hello HTTP/1.1\r\nHost: {Host(site)}\r\nConnection: close\r\n\r\n";

    /// <summary>Questions on the link since it was cleared, those aside by which an edge lets a handshake go.</summary>
    internal int Trips => Deployment.Tap!.Messages.Count(message => message.IsRequest);

    /// <summary>One visit by OpenSSL.</summary>
    internal async Task<string> VisitAsync(string site, params string[] options)
    {
        var result = await OpenSslClient.RunAsync(Deployment, Host(site), options, Request(site));
        Assert.Contains(Origin.Greeting, result.Succeeded().Output, StringComparison.Ordinal);
        return result.Output;
    }

    private static void AllowHandingOver(DeploymentFiles files)
    {
        var file = Path.Combine(files.KeyServer, "keyserver.json");
        var config = JsonNode.Parse(File.ReadAllText(file))!;
        config["keys"]![0]!["handOverMasterSecret"] = true;
        File.WriteAllText(file, config.ToJsonString());
    }
}
