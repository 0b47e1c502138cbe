using System.Net;
using Latchkey.Configuration;
using Latchkey.KeyServer;
using Microsoft.Extensions.Logging;

namespace Latchkey.Roles;

/// <summary>The key server as a role.</summary>
internal sealed class KeyServerRole(KeyServerConfig config, Func<KeyServerConfig> load, ILoggerFactory loggers) : IRole
{
    private readonly KeyServer.KeyServer _server = new(
        new KeyServerOptions
        {
            Listen = config.Listen,
            Certificate = config.Certificate,
            ClientAuthorities = config.ClientAuthorities,
            Keys = config.Keys,
        },
        loggers);

    public string Name => "keyserver";

    public IReadOnlyList<IPEndPoint> EndPoints => [_server.EndPoint];

    public string? NotReady => null;

    public object Status => new { config.File, Keys = config.Keys.Select(source => new { source.Path, source.RawOperations }) };

    public Task StartAsync(CancellationToken cancellationToken) => _server.StartAsync(cancellationToken);

    public Task ReloadAsync(CancellationToken cancellationToken)
    {
        // A file that has become wrong is told now, not at the next start.
        load();
        return _server.ReloadAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _server.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
