using System.Net;
using System.Text.Json;
using Latchkey.Testing;

namespace Latchkey.Interop.Deployment;

/// <summary><c>latchkey edge</c> or <c>latchkey keyserver</c> as a process, started from its own folder.</summary>
public sealed class Role : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Func<IReadOnlyDictionary<string, string?>>? _environment;
    private readonly string[] _command;
    private readonly int _adminPort = FreePort.Next();
    private string? _listen;

    private Role(string name, string folder, Func<IReadOnlyDictionary<string, string?>>? environment, IReadOnlyList<string> under)
    {
        Name = name;
        _command = [.. under, LatchkeyProgram.Path];
        _folder = folder;
        _environment = environment;
        Process = Start();
    }

    /// <summary><c>edge</c> or <c>keyserver</c>.</summary>
    public string Name { get; }

    public ChildProcess Process { get; private set; }

    /// <summary>Where it serves.</summary>
    public IPEndPoint Endpoint { get; private set; } = null!;

    public int Port => Endpoint.Port;

    /// <summary>What <c>http://admin</c><paramref name="path"/> answers, whatever its status.</summary>
    public async Task<(int Status, string Body)> AdminAsync(string path)
    {
        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri($"http://127.0.0.1:{_adminPort}{path}"));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <param name="environment">What is set for it, asked at each start.</param>
    /// <param name="under">A program that becomes it, with the arguments before it: <c>prlimit --core=unlimited</c>.</param>
    public static async Task<Role> StartAsync(
        string name, string folder, Func<IReadOnlyDictionary<string, string?>>? environment = null, IReadOnlyList<string>? under = null)
    {
        var role = new Role(name, folder, environment, under ?? []);
        try
        {
            await role.WaitUntilReadyAsync();
        }
        catch
        {
            await role.DisposeAsync();
            throw;
        }

        return role;
    }

    /// <summary>
    /// Until an edge is connected to every key server that it keeps a connection to: its ready line does not wait for them, and the first handshakes of an edge that is still connecting are not
    /// what tests are about.
    /// </summary>
    public async Task ConnectsAsync()
    {
        using var patience = new CancellationTokenSource(ChildProcess.Patience);
        while (!await IsConnectedAsync())
        {
            Assert.False(patience.IsCancellationRequested, $"not connected to its key servers:\n{string.Join("\n", Process.Lines)}");
            await Task.Delay(20);
        }
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync()
    {
        Process.Terminate();
        return await Process.WaitForExitAsync();
    }

    /// <summary>A new process with the same files at the same address.</summary>
    public async Task RestartAsync()
    {
        await Process.DisposeAsync();
        _listen = $"{(Name == "edge" ? "listen:0" : "listen")}={Endpoint}";
        Process = Start();
        await WaitUntilReadyAsync();
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    private ChildProcess Start() => ChildProcess.Start(
        _command[0],
        [.. _command[1..], Name, "--config", $"{Name}.json", "--set", $"admin=127.0.0.1:{_adminPort}", .. _listen is null ? Array.Empty<string>() : ["--set", _listen]],
        _folder,
        _environment?.Invoke());

    private async Task<bool> IsConnectedAsync()
    {
        using var status = JsonDocument.Parse((await AdminAsync("/status")).Body);
        return status.RootElement.GetProperty("details").GetProperty("keyServers").EnumerateArray()
            .SelectMany(pool => pool.GetProperty("endPoints").EnumerateArray())
            .All(one => one.GetProperty("isConnected").GetBoolean() || one.GetProperty("isDormant").GetBoolean());
    }

    private async Task WaitUntilReadyAsync()
    {
        var ready = $"ready {Name} ";
        var line = await Process.WaitForLineAsync(line => line.StartsWith(ready, StringComparison.Ordinal), ready);
        Endpoint = IPEndPoint.Parse(line[ready.Length..].Split(' ', ',')[0]);
    }
}
