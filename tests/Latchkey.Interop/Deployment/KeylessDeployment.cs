using Latchkey.Interop.Matrix;
using Latchkey.Testing;

namespace Latchkey.Interop.Deployment;

/// <summary>The whole system as its operators run it: origin ◀ edge process ◀─▶ (distance) ◀─▶ key server process.</summary>
public sealed class KeylessDeployment : ServedSites
{
    private readonly DeploymentPlan _plan;

    private KeylessDeployment(DeploymentPlan plan, DeploymentFiles files, Origin origin)
    {
        _plan = plan;
        Files = files;
        Origin = origin;
    }

    public override DeploymentFiles Files { get; }

    public override IReadOnlyList<SitePlan> Sites => _plan.Sites;

    public override int Port => Edge.Port;

    public Origin Origin { get; }

    public Role Edge { get; private set; } = null!;

    public Role KeyServer { get; private set; } = null!;

    /// <summary>Reads what edge and key server say, where the plan says so.</summary>
    internal LinkTap? Tap { get; private set; }

    /// <summary>What lies between edge and key server.</summary>
    public DelayingProxy Link { get; private set; } = null!;

    public static async Task<KeylessDeployment> StartAsync(DeploymentPlan? plan = null)
    {
        plan ??= new DeploymentPlan();
        var deployment = new KeylessDeployment(plan, new DeploymentFiles(plan), await Origin.StartAsync());
        try
        {
            await deployment.StartRolesAsync();
        }
        catch
        {
            await deployment.DisposeAsync();
            throw;
        }

        return deployment;
    }

    public override async ValueTask DisposeAsync()
    {
        await KeepLogAsync(Edge);
        await KeepLogAsync(KeyServer);
        foreach (var part in new IAsyncDisposable?[] { Edge, Link, Tap, KeyServer, Origin })
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        Files.Dispose();
    }

    /// <summary>With LATCHKEY_INTEROP_LOGS naming a folder, what both processes wrote outlives them.</summary>
    private static async Task KeepLogAsync(Role? role)
    {
        if (role is not null && Environment.GetEnvironmentVariable("LATCHKEY_INTEROP_LOGS") is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
            var end = role.Process.HasExited ? $"ended by itself with {role.Process.ExitCode}" : "still runs";
            await File.WriteAllLinesAsync(Path.Combine(folder, $"{role.Name}-{role.Port}.log"), [.. role.Process.Lines, end]);
        }
    }

    private async Task StartRolesAsync()
    {
        Files.WriteKeyServerConfig("127.0.0.1:0", _plan.KeySettings);
        await (_plan.Provision?.Invoke(Files) ?? Task.CompletedTask);
        _plan.Change?.Invoke(Files);
        if (_plan.ForeignKeyServerPort is null)
        {
            KeyServer = await Role.StartAsync("keyserver", Files.KeyServer);
        }

        if (_plan.Tapped)
        {
            Tap = new LinkTap(KeyServer.Port, Files.Links.IssueServer(TestKey.EcdsaP256, "localhost", "127.0.0.1"), Files.Links.IssueClient("edge.test"));
        }

        Link = DelayingProxy.Start(_plan.ForeignKeyServerPort ?? Tap?.Port ?? KeyServer.Port, _plan.KeyServerDistance);
        Files.WriteEdgeConfig(_plan, Link.Endpoint.Port, Origin.Address.ToString().TrimEnd('/'));
        _plan.AfterEdgeConfig?.Invoke(Files);
        Edge = await Role.StartAsync("edge", Files.Edge);
        await Edge.ConnectsAsync();
    }
}
