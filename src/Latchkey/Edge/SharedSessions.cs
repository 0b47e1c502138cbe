using Latchkey.Configuration;
using Latchkey.Crypto;
using Latchkey.Edge.Redis;
using Latchkey.Tickets;
using Latchkey.Tls.AspNetCore;
using Latchkey.Tls.Sessions;
using Microsoft.Extensions.Logging;

namespace Latchkey.Edge;

/// <summary>The cache that several edges share, with what its entries are sealed under: a site's ticket keys, or keys made of a secret that the edges have in common.</summary>
internal sealed class SharedSessions : IAsyncDisposable
{
    private readonly SessionCacheConfig _config;
    private readonly SharedTicketKeyRing? _ring;
    private readonly RedisCache _redis;
    private readonly PatientCache _cache;

    public SharedSessions(SessionCacheConfig config, ILoggerFactory loggers)
    {
        _config = config;
        _ring = config.Secret is null ? null : new SharedTicketKeyRing(config.Secret.Span, TimeSpan.FromHours(12), ResumptionPolicy.MaxLifetime, CryptoProvider.Default, TimeProvider.System);
        _redis = new RedisCache(config.Redis, config.Password);
        _cache = new PatientCache(_redis, TimeProvider.System, config.Timeout, loggers.CreateLogger<SharedSessionCache>());
    }

    /// <summary>For one site.</summary>
    /// <param name="ticketKeys">The site's; null: it has none, and the secret is there.</param>
    public SessionCache Of(TicketKeyRing? ticketKeys) => new SharedSessionCache(_cache, ticketKeys ?? _ring!, CryptoProvider.Default, TimeProvider.System);

    /// <summary>Whether a reloaded configuration means this one.</summary>
    public bool IsOf(SessionCacheConfig config) =>
        config.Redis == _config.Redis && config.Password == _config.Password && config.Timeout == _config.Timeout && IsSame(_config.Secret, config.Secret);

    public ValueTask DisposeAsync()
    {
        _redis.Dispose();
        _ring?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static bool IsSame(SecretBytes? a, SecretBytes? b) => a is null || b is null ? a == b : a.FixedTimeEquals(b.Span);
}
