using Latchkey.Configuration;
using Latchkey.Crypto;
using Latchkey.Edge.Redis;
using Latchkey.Tickets;
using Latchkey.Tls.AspNetCore;
using Latchkey.Tls.Sessions;
using Microsoft.Extensions.Logging;

namespace Latchkey.Edge;

/// <summary>The cache that several edges share, with what its entries are sealed under.</summary>
internal sealed class SharedSessions : IAsyncDisposable
{
    private readonly SessionCacheConfig _config;
    private readonly SharedTicketKeyRing _ring;
    private readonly RedisCache _redis;

    public SharedSessions(SessionCacheConfig config, ILoggerFactory loggers)
    {
        _config = config;
        _ring = new SharedTicketKeyRing(config.Secret.Span, TimeSpan.FromHours(12), ResumptionPolicy.MaxLifetime, CryptoProvider.Default, TimeProvider.System);
        _redis = new RedisCache(config.Redis, config.Password);
        Cache = new SharedSessionCache(_redis, _ring, CryptoProvider.Default, TimeProvider.System, config.Timeout, loggers.CreateLogger<SharedSessionCache>());
    }

    public SessionCache Cache { get; }

    /// <summary>Whether a reloaded configuration means this one.</summary>
    public bool IsOf(SessionCacheConfig config) =>
        config.Redis == _config.Redis && config.Password == _config.Password && config.Timeout == _config.Timeout && _config.Secret.FixedTimeEquals(config.Secret.Span);

    public ValueTask DisposeAsync()
    {
        _redis.Dispose();
        _ring.Dispose();
        return ValueTask.CompletedTask;
    }
}
