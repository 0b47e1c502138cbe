using Latchkey.Crypto;

namespace Latchkey.Configuration;

/// <summary>An edge's <c>sessionCache</c>: where sites with <c>"sessionIds": "shared"</c> keep sessions.</summary>
internal sealed record SessionCacheConfig
{
    /// <summary><c>host:port</c> of a server that speaks the Redis protocol.</summary>
    public required string Redis { get; init; }

    /// <summary>For AUTH; null for none.</summary>
    public required string? Password { get; init; }

    /// <summary>At least 32 bytes, the same at all edges that share the cache; null: only sites with ticket keys use it.</summary>
    public required SecretBytes? Secret { get; init; }

    /// <summary>What a handshake waits for the cache.</summary>
    public required TimeSpan Timeout { get; init; }
}
