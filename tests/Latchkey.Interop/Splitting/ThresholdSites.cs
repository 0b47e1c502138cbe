using System.Text.Json.Nodes;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Splitting;

/// <summary>A site whose RSA key is shared among three key servers, two of which are enough; the key itself was destroyed by <c>latchkey split</c>.</summary>
public sealed class ThresholdSites : IAsyncDisposable
{
    private static readonly string[] Names = ["first", "second", "third"];
    private readonly JsonObject _edgeSettings = new() { ["keyServers"] = new JsonObject() };
    private readonly List<Role> _keyServers = [];

    public KeylessDeployment Deployment { get; private set; } = null!;

    /// <summary>The three, in order.</summary>
    public IReadOnlyList<Role> KeyServers => _keyServers;

    /// <param name="thirdIsWrong">The third has a share of the same key that was made at another time: whole by its own account, and wrong beside the others.</param>
    public static async Task<ThresholdSites> StartAsync(bool thirdIsWrong = false)
    {
        var sites = new ThresholdSites();
        sites.Deployment = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            EdgeSettings = sites._edgeSettings,
            Sites =
            [
                new("shared", TestKey.Rsa2048)
                {
                    Settings = """{ "keyServer": null, "custody": "threshold", "thresholdKey": "shared.threshold", "keyServers": ["first", "second", "third"], "resumption": false }""",
                },
            ],
            Change = files => sites.Share(files, thirdIsWrong),
        });
        return sites;
    }

    public async ValueTask DisposeAsync()
    {
        await Deployment.DisposeAsync();
        foreach (var role in _keyServers)
            await role.DisposeAsync();
    }

    /// <summary>One visit by OpenSSL.</summary>
    internal async Task<ChildResult> VisitAsync(params string[] options)
    {
        var host = Deployment.Site("shared").Host;
        return await OpenSslClient.RunAsync(Deployment, host, options, $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    }

    private void Share(DeploymentFiles files, bool thirdIsWrong)
    {
        var keys = Path.Combine(files.KeyServer, "keys");
        var key = Path.Combine(keys, "shared.key");
        if (thirdIsWrong)
            Run("split", key, "--threshold-rsa", "2-of-3", "--out", keys, "--name", "wrong");
        Run("split", key, "--threshold-rsa", "2-of-3", "--out", keys, "--destroy");
        if (thirdIsWrong)
            File.Move(Path.Combine(keys, "wrong-3.share"), Path.Combine(keys, "shared-3.share"), overwrite: true);
        Assert.False(File.Exists(key));
        File.Move(Path.Combine(keys, "shared.threshold"), Path.Combine(files.Edge, "shared.threshold"));
        for (var i = 0; i < Names.Length; i++)
            _keyServers.Add(StartKeyServer(files, i));
        Directory.Delete(keys, recursive: true);
        // A key server without a key is not ready, and the deployment waits for its own.
        files.Links.IssueClient("nobody").WriteKey(keys, "nobody");
    }

    private Role StartKeyServer(DeploymentFiles files, int index)
    {
        var folder = Path.Combine(files.Folder, Names[index]);
        Directory.CreateDirectory(Path.Combine(folder, "keys"));
        Directory.CreateDirectory(Path.Combine(folder, "raw-keys"));
        foreach (var file in (string[])["ks.pem", "ks.key", "ca.pem", "keyserver.json"])
            File.Copy(Path.Combine(files.KeyServer, file), Path.Combine(folder, file));
        File.Copy(Path.Combine(files.KeyServer, "keys", $"shared-{index + 1}.share"), Path.Combine(folder, "keys", "shared.share"));
        var role = Role.StartAsync("keyserver", folder).GetAwaiter().GetResult();
        _edgeSettings["keyServers"]![Names[index]] = new JsonObject
        {
            ["endpoints"] = new JsonArray($"127.0.0.1:{role.Port}"),
            ["certificate"] = "edge.pem",
            ["key"] = "edge.key",
            ["ca"] = "ca.pem",
        };
        return role;
    }

    private static void Run(params string[] arguments)
    {
        var result = LatchkeyProgram.RunAsync(arguments).GetAwaiter().GetResult();
        Assert.True(result.ExitCode == 0, result.All);
    }
}
