using System.Net;
using Latchkey.Testing;

namespace Latchkey.Interop.Resumption;

/// <summary><c>redis-server</c> in memory on a free port, with a password.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    public const string Password = "sesame";

    private readonly ChildProcess _process;

    private RedisServer(ChildProcess process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public static async Task<RedisServer> StartAsync()
    {
        var port = FreePort.Next();
        var process = ChildProcess.Start(
            Tool.SkipUnless("redis-server"),
            ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--requirepass", Password, "--daemonize", "no"]);
        await process.WaitForLineAsync(line => line.Contains("Ready to accept connections", StringComparison.Ordinal), "Ready to accept connections");
        return new RedisServer(process, port);
    }

    /// <summary>What <c>redis-cli</c> answers.</summary>
    public async Task<string> AskAsync(params string[] command) =>
        (await ChildProcess.RunAsync(Tool.SkipUnless("redis-cli"), ["-h", $"{IPAddress.Loopback}", "-p", $"{Port}", "-a", Password, "--no-auth-warning", .. command])).Succeeded().Output.Trim();

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
