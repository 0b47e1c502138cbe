using System.Text.Json.Nodes;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Fleet;

/// <summary>
/// Edges and two key servers as processes, all of one site, sharing ticket keys: origin ◀ edges ◀─▶ key servers <c>a</c> and <c>b</c>, which talk to each other through
/// proxies of which nobody else knows.
/// </summary>
internal sealed class TicketFleet : IAsyncDisposable
{
    public const string Host = "fleet.example.test";

    public static SitePlan Site { get; } = new("fleet", TestKey.EcdsaP256) { Settings = """{ "resumption": { "tickets": "ticket-key", "sessionIds": "off" } }""" };

    private readonly TicketFleetPlan _plan;
    private readonly Dictionary<char, Role> _keyServers = [];
    private readonly Dictionary<char, DelayingProxy> _toPeer = [];
    private readonly List<Role> _edges = [];
    private DelayingProxy? _spread;

    private TicketFleet(TicketFleetPlan plan, Origin origin)
    {
        _plan = plan;
        Origin = origin;
        Files = new TicketFleetFiles(plan, Site);
    }

    public Origin Origin { get; }

    public TicketFleetFiles Files { get; }

    public IReadOnlyList<Role> Edges => _edges;

    public Role A => _keyServers['a'];

    public Role B => _keyServers['b'];

    public IEnumerable<Role> All => [.. _keyServers.Values, .. _edges];

    /// <summary>One address for all edges: each connection goes to the next.</summary>
    public DelayingProxy Spread => _spread ??= DelayingProxy.Spread([.. _edges.Select(edge => edge.Endpoint)]);

    /// <summary>Whether the key servers do not hear each other. Nobody is told: what is sent is lost in silence.</summary>
    public bool Parted
    {
        set
        {
            foreach (var link in _toPeer.Values)
                link.Frozen = value;
        }
    }

    public static async Task<TicketFleet> StartAsync(TicketFleetPlan? plan = null)
    {
        var fleet = new TicketFleet(plan ?? new TicketFleetPlan(), await Origin.StartAsync());
        try
        {
            await fleet.StartRolesAsync();
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }

        return fleet;
    }

    /// <summary>The fleet as a client sees it that comes to one edge only, or to all of them in turn (null).</summary>
    public ServedSites SitesAt(int? edge) => new FleetSites(this, edge is { } index ? _edges[index].Port : Spread.Endpoint.Port);

    /// <summary>Until every edge's tickets open at every edge, whichever key they were sealed under.</summary>
    public async Task ShareKeysAsync()
    {
        using var patience = new CancellationTokenSource(ChildProcess.Patience);
        for (var from = 0; from < _edges.Count; from++)
        {
            for (var to = 0; to < _edges.Count; to++)
            {
                while (!Resumes(from, to))
                {
                    Assert.False(patience.IsCancellationRequested, $"a ticket of edge {from + 1} is not opened by edge {to + 1}\n{string.Join("\n", All.SelectMany(role => role.Process.Lines))}");
                    await Task.Delay(100);
                }
            }
        }
    }

    /// <summary>Alters both key servers' ticket keys, and both reload.</summary>
    public async Task ReloadTicketKeysAsync(string property, JsonNode value)
    {
        foreach (var (name, keyServer) in _keyServers)
        {
            Files.ChangeTicketKeys(name, property, value.DeepClone());
            var reloads = Reloads(keyServer);
            keyServer.Process.Send(Signal.HangUp);
            await keyServer.Process.WaitForLineAsync(_ => Reloads(keyServer) > reloads, "has reloaded");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KeepLogsAsync();
        foreach (var part in (IEnumerable<IAsyncDisposable?>)[_spread, .. _edges, .. _toPeer.Values, .. _keyServers.Values, Origin])
        {
            if (part is not null)
                await part.DisposeAsync();
        }

        Files.Dispose();
    }

    private static int Reloads(Role role) => role.Process.Lines.Count(line => line.Contains("has reloaded", StringComparison.Ordinal));

    private bool Resumes(int from, int to) => Array.TrueForAll(["1.2", "1.3"], version =>
    {
        using var client = new ReconnectingClient(version);
        try
        {
            client.Visit(_edges[from].Port, Host);
            return client.Visit(_edges[to].Port, Host).Resumed;
        }
        catch (InvalidOperationException)
        {
            return false; // not connected to a key server yet
        }
    });

    private async Task StartRolesAsync()
    {
        Dictionary<char, int> ports = new() { ['a'] = FreePort.Next(), ['b'] = FreePort.Next() };
        foreach (var (name, other) in (ReadOnlySpan<(char, char)>)[('a', 'b'), ('b', 'a')])
        {
            _toPeer[name] = DelayingProxy.Start(ports[other]);
            Files.WriteKeyServer(name, ports[name], _toPeer[name].Endpoint.Port);
        }

        // Both at once: neither waits for the other longer than it must.
        var starting = ports.Keys.Select(name => (name, Role.StartAsync("keyserver", Files.KeyServer(name), () => Environment(TimeSpan.Zero), Under))).ToList();
        foreach (var (name, role) in starting)
            _keyServers[name] = await role;
        foreach (var (index, (ahead, keyServers)) in _plan.Edges.Index())
        {
            Files.WriteEdge(index + 1, Site, Origin.Address.ToString().TrimEnd('/'), keyServers.Select(name => ports[name]));
            _edges.Add(await Role.StartAsync("edge", Files.Edge(index + 1), () => Environment(ahead), Under));
        }
    }

    private string[] Under => _plan.AllowsCores ? [Tool.SkipUnless("prlimit"), "--core=unlimited"] : [];

    private IReadOnlyDictionary<string, string?> Environment(TimeSpan ahead) => _plan.Clock?.Environment(ahead) ?? new Dictionary<string, string?>();

    /// <summary>With LATCHKEY_INTEROP_LOGS naming a folder, what the processes wrote outlives them.</summary>
    private async Task KeepLogsAsync()
    {
        if (System.Environment.GetEnvironmentVariable("LATCHKEY_INTEROP_LOGS") is not { Length: > 0 } folder)
            return;
        Directory.CreateDirectory(folder);
        foreach (var role in All)
            await File.WriteAllLinesAsync(Path.Combine(folder, $"fleet-{role.Name}-{role.Port}.log"), role.Process.Lines);
    }

    private sealed class FleetSites(TicketFleet fleet, int port) : ServedSites
    {
        public override int Port => port;

        public override DeploymentFiles Files => fleet.Files.Deployment;

        public override IReadOnlyList<SitePlan> Sites { get; } = [TicketFleet.Site];

        public override ValueTask DisposeAsync() => default;
    }
}
