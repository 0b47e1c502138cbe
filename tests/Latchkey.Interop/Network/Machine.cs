using Latchkey.Testing;

namespace Latchkey.Interop.Network;

/// <summary>A network namespace: what runs there has interfaces, addresses, routes and a packet filter of its own.</summary>
public sealed class Machine : IAsyncDisposable
{
    private static readonly string Ip = Tool.Find("ip") ?? "ip";

    private Machine(string name) => Name = name;

    public string Name { get; }

    /// <summary>The test is skipped, naming what is missing, where there cannot be one.</summary>
    public static async Task<Machine> CreateAsync(string role)
    {
        Tool.SkipUnless("ip");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "not root: network namespaces cannot be made");
        var machine = new Machine($"lk{Environment.ProcessId}-{role}-{Guid.NewGuid().ToString("N")[..6]}");
        var created = await ChildProcess.RunAsync(Ip, ["netns", "add", machine.Name]);
        Assert.SkipUnless(created.ExitCode == 0, $"no network namespaces here: {created.Errors.Trim()}");
        await machine.IpAsync("link set lo up");
        return machine;
    }

    /// <summary><c>ip</c> in this machine.</summary>
    public async Task IpAsync(string arguments) => (await ChildProcess.RunAsync(Ip, ["-n", Name, .. arguments.Split(' ')])).Succeeded();

    public ChildProcess Start(string program, IEnumerable<string> arguments, string? folder = null) =>
        ChildProcess.Start(Ip, ["netns", "exec", Name, program, .. arguments], folder);

    public Task<ChildResult> RunAsync(string program, IEnumerable<string> arguments, string? input = null, string? folder = null) =>
        ChildProcess.RunAsync(Ip, ["netns", "exec", Name, program, .. arguments], input, folder);

    public async ValueTask DisposeAsync() => await ChildProcess.RunAsync(Ip, ["netns", "del", Name]);
}
