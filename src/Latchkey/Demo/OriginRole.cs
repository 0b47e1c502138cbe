using System.Net;
using Latchkey.Roles;
using Microsoft.Extensions.Logging;

namespace Latchkey.Demo;

/// <summary>The demonstration's origin as a process of its own.</summary>
internal sealed class OriginRole(IPEndPoint listen, string folder, Uri edgeAdmin, ILoggerFactory loggers) : IRole
{
    private readonly DemoOrigin _origin = new(listen, folder, edgeAdmin, loggers);

    public string Name => "origin";

    public IReadOnlyList<IPEndPoint> EndPoints => [listen];

    public string? NotReady => null;

    public object Status => new { Folder = folder };

    public Task StartAsync(CancellationToken cancellationToken) => _origin.StartAsync(cancellationToken);

    public Task ReloadAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => _origin.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _origin.DisposeAsync();
}
