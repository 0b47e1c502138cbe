using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Auditing;

/// <summary>A key server that records uses of keys, answers signed requests only and looks at a revocation list, and an edge that signs; all as their files say.</summary>
internal sealed class AuditedDeployment : IAsyncDisposable
{
    public const string Site = "ecdsa";
    private const string RevocationList = "edges.crl";

    private AuditedDeployment(KeylessDeployment roles) => Roles = roles;

    public KeylessDeployment Roles { get; }

    public string Log => Path.Combine(Roles.Files.KeyServer, "audit");

    public string Host => Roles.Site(Site).Host;

    public static async Task<AuditedDeployment> StartAsync() => new(await KeylessDeployment.StartAsync(new DeploymentPlan
    {
        Sites = [new(Site, TestKey.EcdsaP256) { Settings = """{ "resumption": false }""" }],
        Provision = MakeRequestKeyAsync,
        Change = ChangeKeyServer,
        AfterEdgeConfig = files => ChangeEdge(files.Edge, home => home["requestKey"] = "edge-request.key"),
    }));

    /// <summary>One visit by OpenSSL, through this deployment's edge or another.</summary>
    public Task<ChildResult> VisitAsync(string version, Role? edge = null) =>
        ChildProcess.RunAsync(
            Tool.SkipUnless("openssl"),
            [
                "s_client", "-connect", $"127.0.0.1:{(edge ?? Roles.Edge).Port}", "-servername", Host, "-verify_hostname", Host, "-verify_return_error",
                "-CAfile", Roles.CaFile, "-ign_eof", version,
            ],
            $"GET /hello HTTP/1.1\r\nHost: {Host}\r\nConnection: close\r\n\r\n");

    /// <summary>An edge with the same certificate and without the key that requests are signed with.</summary>
    public async Task<Role> StartEdgeWithoutRequestKeyAsync()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Roles.Files.Folder, "edge-without-request-key")).FullName;
        foreach (var file in Directory.GetFiles(Roles.Files.Edge).Where(file => !file.Contains("edge-request", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        ChangeEdge(folder, home => home.Remove("requestKey"));
        return await Role.StartAsync("edge", folder);
    }

    /// <summary>The authority puts out a new list, which has the edge's certificate on it.</summary>
    public void RevokeEdge()
    {
        var list = Path.Combine(Roles.Files.KeyServer, RevocationList);
        using var edge = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(Roles.Files.Edge, "edge.pem"));
        File.WriteAllBytes(list + ".new", Roles.Files.Links.RevocationListOf(edge.RawData));
        File.Move(list + ".new", list, overwrite: true);
    }

    public ValueTask DisposeAsync() => Roles.DisposeAsync();

    /// <summary>Adds properties to keyserver.json.</summary>
    public static void Configure(DeploymentFiles files, params IEnumerable<(string Name, JsonNode Value)> settings)
    {
        var file = Path.Combine(files.KeyServer, "keyserver.json");
        var config = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        foreach (var (name, value) in settings)
            config[name] = value;
        File.WriteAllText(file, config.ToJsonString());
    }

    private static async Task MakeRequestKeyAsync(DeploymentFiles files)
    {
        var openssl = Tool.SkipUnless("openssl");
        var key = Path.Combine(files.Edge, "edge-request.key");
        (await ChildProcess.RunAsync(openssl, ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key])).Succeeded();
        (await ChildProcess.RunAsync(openssl, ["pkey", "-in", key, "-pubout", "-out", Path.Combine(files.KeyServer, "edge-request.pub")])).Succeeded();
    }

    private static void ChangeKeyServer(DeploymentFiles files)
    {
        File.WriteAllBytes(Path.Combine(files.KeyServer, RevocationList), files.Links.RevocationList());
        Configure(
            files,
            ("audit", new JsonObject { ["folder"] = "audit", ["checkpointSeconds"] = 1 }),
            ("edges", new JsonArray(new JsonObject { ["name"] = "edge.test", ["requestKey"] = "edge-request.pub" })),
            ("requireSignedRequests", true),
            ("revocation", new JsonArray(RevocationList)));
    }

    private static void ChangeEdge(string folder, Action<JsonObject> change)
    {
        var file = Path.Combine(folder, "edge.json");
        var config = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        change(config["keyServers"]!["home"]!.AsObject());
        File.WriteAllText(file, config.ToJsonString());
    }
}
