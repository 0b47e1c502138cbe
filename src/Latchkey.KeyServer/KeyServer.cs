using System.Net;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer;

/// <summary>Listener → admission → policy → operation → key store.</summary>
public sealed class KeyServer(KeyServerOptions options, ILoggerFactory loggers) : IAsyncDisposable
{
    /// <summary>What was configured.</summary>
    public KeyServerOptions Options { get; } = options;

    /// <summary>Where it listens; known after <see cref="StartAsync"/> (port 0 is resolved).</summary>
    public IPEndPoint EndPoint => throw new NotImplementedException(loggers.ToString());

    /// <summary>Loads the keys and begins to accept connections.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Reads the keys again; where that fails, the old ones stay and the error is thrown.</summary>
    public Task ReloadAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Drains: accepts no more, answers what it has, then closes. The token ends the patience.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
