using System.Text.Json.Nodes;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Network;

/// <summary>
/// An edge and a key server, each a process on a machine of its own, with a cable between: 10.77.0.1 is the key server, 10.77.0.2 the edge, and 10.77.0.9 another address
/// on the edge's side, for strangers.
/// </summary>
public sealed class TwoMachines : IAsyncDisposable
{
    public const string Host = "page.example.test";
    public const string Body = "served without the key";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DeploymentFiles _files;

    private TwoMachines(DeploymentFiles files, Machine keyServer, Machine edge)
    {
        _files = files;
        KeyServer = keyServer;
        Edge = edge;
    }

    public Machine KeyServer { get; }

    public Machine Edge { get; }

    public ChildProcess? KeyServerProcess { get; private set; }

    public ChildProcess? EdgeProcess { get; private set; }

    public static async Task<TwoMachines> CreateAsync(string custody = "signature")
    {
        var plan = new DeploymentPlan { Sites = [new SitePlan("page", TestKey.EcdsaP256) { Custody = custody, Upstream = "file:www", Settings = """{ "resumption": false }""" }] };
        var keyServer = await Machine.CreateAsync("ks");
        var edge = await Machine.CreateAsync("edge");
        var machines = new TwoMachines(new DeploymentFiles(plan), keyServer, edge);
        await keyServer.IpAsync($"link add cable type veth peer name cable netns {edge.Name}");
        await keyServer.IpAsync("addr add 10.77.0.1/24 dev cable");
        await edge.IpAsync("addr add 10.77.0.2/24 dev cable");
        await edge.IpAsync("addr add 10.77.0.9/24 dev cable");
        await keyServer.IpAsync("link set cable up");
        await edge.IpAsync("link set cable up");
        var files = machines._files;
        files.Links.IssueServer(TestKey.EcdsaP256, "keys.test", "10.77.0.1", "10.99.0.1").Write(files.KeyServer, "ks");
        Directory.CreateDirectory(Path.Combine(files.Edge, "www"));
        File.WriteAllText(Path.Combine(files.Edge, "www", "index.html"), Body);
        files.WriteEdgeConfig(plan, 1, "file:www");
        files.WriteKeyServerConfig("10.77.0.1:2407");
        return machines;
    }

    /// <summary>A tunnel through the cable: 10.99.0.1 is the key server, 10.99.0.2 the edge.</summary>
    public async Task AddTunnelAsync()
    {
        await KeyServer.IpAsync("link add tunnel type vxlan id 7 local 10.77.0.1 remote 10.77.0.2 dstport 4789 dev cable");
        await Edge.IpAsync("link add tunnel type vxlan id 7 local 10.77.0.2 remote 10.77.0.1 dstport 4789 dev cable");
        await KeyServer.IpAsync("addr add 10.99.0.1/24 dev tunnel");
        await Edge.IpAsync("addr add 10.99.0.2/24 dev tunnel");
        await KeyServer.IpAsync("link set tunnel up");
        await Edge.IpAsync("link set tunnel up");
    }

    /// <summary>Changes keyserver.json; null takes a property away.</summary>
    public void ConfigureKeyServer(string changes) => Change(Path.Combine(_files.KeyServer, "keyserver.json"), json => json, changes);

    /// <summary>Changes the only entry of keyServers in edge.json.</summary>
    public void ConfigureLink(string changes) => Change(Path.Combine(_files.Edge, "edge.json"), json => json["keyServers"]!["home"]!.AsObject(), changes);

    public async Task StartKeyServerAsync()
    {
        KeyServerProcess = KeyServer.Start(LatchkeyProgram.Path, ["keyserver", "--config", "keyserver.json"], _files.KeyServer);
        await KeyServerProcess.WaitForLineAsync("ready keyserver", Patience);
    }

    public async Task StartEdgeAsync()
    {
        EdgeProcess = Edge.Start(LatchkeyProgram.Path, ["edge", "--config", "edge.json", "--set", "listen:0=127.0.0.1:8443", "--set", "admin=127.0.0.1:9443"], _files.Edge);
        await EdgeProcess.WaitForLineAsync("ready edge", Patience);
    }

    public Task<ChildResult> CurlAsync() => Edge.RunAsync(
        Tool.SkipUnless("curl"), ["--silent", "--show-error", "--max-time", "15", "--cacert", _files.CaFile, "--resolve", $"{Host}:8443:127.0.0.1", $"https://{Host}:8443/"]);

    public Task<ChildResult> OpenSslAsync() => Edge.RunAsync(
        Tool.SkipUnless("openssl"), ["s_client", "-connect", "127.0.0.1:8443", "-servername", Host, "-CAfile", _files.CaFile, "-verify_return_error", "-ign_eof"], $"GET / HTTP/1.1\r\nHost: {Host}\r\nConnection: close\r\n\r\n");

    /// <summary>Curl and OpenSSL get the page, sooner or later.</summary>
    public async Task IsServedAsync()
    {
        await EventuallyAsync(async () => (await CurlAsync()).Output.Contains(Body, StringComparison.Ordinal));
        Assert.Contains(Body, (await OpenSslAsync()).All, StringComparison.Ordinal);
    }

    public Task IsNotServedAsync() => EventuallyAsync(async () => (await CurlAsync()).ExitCode != 0);

    /// <summary>What a TLS client on the edge's machine, at one of its addresses, is told by the key server.</summary>
    public async Task<string> AskKeyServerAsync(string from, string to) =>
        (await Edge.RunAsync("timeout", ["10", Tool.SkipUnless("openssl"), "s_client", "-connect", to, "-bind", from, "-showcerts"], "")).All;

    public Task<ChildResult> EdgeStatusAsync() => Edge.RunAsync(Tool.SkipUnless("curl"), ["--silent", "http://127.0.0.1:9443/status"]);

    public static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            Assert.False(patience.IsCancellationRequested, "it did not come about in time");
            await Task.Delay(50);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KeepLogsAsync();
        foreach (var part in new IAsyncDisposable?[] { EdgeProcess, KeyServerProcess, Edge, KeyServer })
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        _files.Dispose();
    }

    /// <summary>With LATCHKEY_INTEROP_LOGS naming a folder, what both processes wrote outlives them.</summary>
    private async Task KeepLogsAsync()
    {
        if (Environment.GetEnvironmentVariable("LATCHKEY_INTEROP_LOGS") is not { Length: > 0 } folder)
            return;
        Directory.CreateDirectory(folder);
        foreach (var (machine, process) in ((Machine, ChildProcess?)[])[(Edge, EdgeProcess), (KeyServer, KeyServerProcess)])
            await File.WriteAllLinesAsync(Path.Combine(folder, $"{machine.Name}.log"), process?.Lines ?? []);
    }

    private static void Change(string file, Func<JsonObject, JsonObject> place, string changes)
    {
        var json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(changes)!.AsObject())
        {
            if (value is null)
            {
                place(json).Remove(name);
            }
            else
            {
                place(json)[name] = value.DeepClone();
            }
        }

        File.WriteAllText(file, json.ToJsonString());
    }
}
