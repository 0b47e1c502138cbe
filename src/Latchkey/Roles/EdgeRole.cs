using System.Net;
using Latchkey.Configuration;
using Latchkey.Tracing;
using Microsoft.Extensions.Logging;

namespace Latchkey.Roles;

/// <summary>The edge as a role.</summary>
internal sealed class EdgeRole(EdgeConfig config, Func<EdgeConfig> load, HandshakeTraces traces, ILoggerFactory loggers) : IRole
{
    public string Name => "edge";

    public IReadOnlyList<IPEndPoint> EndPoints => config.Listen;

    public string? NotReady => "the edge is not built yet";

    public object Status => new { config.File };

    public Task StartAsync(CancellationToken cancellationToken) => throw new IOException($"the edge is not built yet {load} {traces} {loggers}");

    public Task ReloadAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
