using System.Text.Json.Nodes;
using Latchkey.Testing;

namespace Latchkey.Interop.Deployment;

/// <summary>
/// The folders of a deployment as its operators would have them: <c>edge/</c> with certificates and no site's key,
/// <c>keyserver/</c> with the keys.
/// </summary>
public sealed class DeploymentFiles : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _root = TestAuthority.Create();
    private readonly TestAuthority _links = TestAuthority.Create("Latchkey test links");
    private readonly Dictionary<string, TestCertificate[]> _certificates = [];

    public DeploymentFiles(DeploymentPlan plan)
    {
        CaFile = _root.Write(_folder.Path, "site-ca");
        Directory.CreateDirectory(Edge);
        Directory.CreateDirectory(Path.Combine(KeyServer, "keys"));
        Directory.CreateDirectory(Path.Combine(KeyServer, "raw-keys"));
        _links.Write(Edge, "ca");
        _links.Write(KeyServer, "ca");
        _links.IssueClient("edge.test").Write(Edge, "edge");
        _links.IssueServer(TestKey.EcdsaP256, "localhost", "127.0.0.1").Write(KeyServer, "ks");
        using var intermediate = _root.CreateIntermediate();
        foreach (var site in plan.Sites)
        {
            WriteSite(site, site.Intermediate ? intermediate : _root);
        }
    }

    public string Folder => _folder.Path;

    public string Edge => Path.Combine(_folder.Path, "edge");

    public string KeyServer => Path.Combine(_folder.Path, "keyserver");

    /// <summary>The authority that clients trust, PEM.</summary>
    public string CaFile { get; }

    /// <summary>The authority that edge and key server trust, for foreign edges and key servers.</summary>
    public TestAuthority Links => _links;

    /// <summary>The authority that clients trust.</summary>
    public TestAuthority Root => _root;

    public TestCertificate CertificateOf(SitePlan site, int index = 0) => _certificates[site.Name][index];

    public void WriteKeyServerConfig(string listen, string keySettings = "{}") => File.WriteAllText(
        Path.Combine(KeyServer, "keyserver.json"),
        new JsonObject
        {
            ["listen"] = listen,
            ["certificate"] = "ks.pem",
            ["key"] = "ks.key",
            ["clientCa"] = "ca.pem",
            ["keys"] = new JsonArray(
                KeysEntry(keySettings),
                new JsonObject { ["path"] = "raw-keys", ["rawOperations"] = true }),
        }.ToJsonString());

    private static JsonObject KeysEntry(string settings)
    {
        var entry = JsonNode.Parse(settings)!.AsObject();
        entry["path"] = "keys";
        if (entry.ContainsKey("rules"))
            return entry;
        entry["rawOperations"] = false;
        entry["ticketKeys"] = true;
        return entry;
    }

    public void WriteEdgeConfig(DeploymentPlan plan, int keyServerPort, string origin)
    {
        var edge = new JsonObject
        {
            ["listen"] = new JsonArray(plan.Listen),
            ["keyServers"] = new JsonObject
            {
                ["home"] = new JsonObject
                {
                    ["endpoints"] = new JsonArray($"127.0.0.1:{keyServerPort}"),
                    ["certificate"] = "edge.pem",
                    ["key"] = "edge.key",
                    ["ca"] = "ca.pem",
                },
            },
            ["sites"] = new JsonArray([.. plan.Sites.Select(site => (JsonNode)site.ToJson(origin))]),
        };
        foreach (var (name, value) in plan.EdgeSettings ?? [])
        {
            edge[name] = value?.DeepClone();
        }

        File.WriteAllText(Path.Combine(Edge, "edge.json"), edge.ToJsonString());
    }

    public void Dispose()
    {
        _root.Dispose();
        _links.Dispose();
        _folder.Dispose();
    }

    private void WriteSite(SitePlan site, TestAuthority issuer)
    {
        _certificates[site.Name] = [.. site.Keys.Select(key => site.Delegates ? issuer.IssueDelegating(key, site.Host) : issuer.IssueServer(key, site.Host))];
        foreach (var (index, certificate) in _certificates[site.Name].Index())
        {
            certificate.WriteCertificate(Edge, site.FileOf(index));
            if (site.LocalKey)
            {
                certificate.WriteKey(Edge, site.FileOf(index));
            }
            else if (!site.KeyWithheld)
            {
                certificate.WriteKey(Path.Combine(KeyServer, site.RawOperations ? "raw-keys" : "keys"), site.FileOf(index));
            }
        }
    }
}
