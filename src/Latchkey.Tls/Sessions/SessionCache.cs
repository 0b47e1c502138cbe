namespace Latchkey.Tls.Sessions;

/// <summary>
/// Where TLS 1.2 sessions wait under the identifier that their ServerHello named (RFC 5246 §7.3; R1). The identifier is chosen before the session has a secret, so
/// that, unlike with tickets, the caller gives it. Thread-safe. A failure of whatever is behind it is "not kept" or "not found", never a failed handshake (R10).
/// </summary>
public abstract class SessionCache
{
    /// <summary>Bytes of an identifier of ours: random, so that nobody guesses one.</summary>
    public const int IdentifierSize = 32;

    /// <summary>For logs and metrics: short, stable, lower-case with underscores, as <c>edge_session</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Keeps a session.</summary>
    /// <param name="identifier">32 random bytes.</param>
    /// <param name="state">Lent.</param>
    public abstract ValueTask KeepAsync(ReadOnlyMemory<byte> identifier, SessionState state, CancellationToken cancellationToken);

    /// <summary>The session of an identifier; the caller owns it. null: unknown, of another tenant, outlived.</summary>
    /// <param name="identifier">As the client sent it: 1 to 32 bytes.</param>
    /// <param name="site">The tenant it must belong to.</param>
    public abstract ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> identifier, TlsSite site, CancellationToken cancellationToken);
}
