namespace Latchkey.Tls.Sessions;

/// <summary>
/// Where sessions whose secret the edge holds wait for their client: inside a ticket (R3, R5, R6, R7). Of both versions.
/// Thread-safe. A failure of whatever is behind it is "not kept" or "not found", never a failed handshake (R10).
/// </summary>
public abstract class SessionStore
{
    /// <summary>For logs and metrics: short, stable, lower-case with underscores, as <c>edge_ticket</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Keeps a session.</summary>
    /// <param name="state">Lent.</param>
    /// <returns>The ticket, at least one byte; null: none is offered now.</returns>
    public abstract ValueTask<ReadOnlyMemory<byte>?> KeepAsync(SessionState state, CancellationToken cancellationToken);

    /// <summary>The session that a client brings back; the caller owns it. null: unknown, altered, of another tenant, outlived.</summary>
    /// <param name="handle">The ticket as the client sent it, at least one byte.</param>
    /// <param name="site">The tenant it must belong to.</param>
    public abstract ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> handle, TlsSite site, CancellationToken cancellationToken);

    /// <summary>Whether a resumption gives the client a new handle (R8). By default when more than half of the session's life since the old one is over.</summary>
    /// <param name="handle">With which the session was found.</param>
    public virtual bool IsRenewalDue(ReadOnlyMemory<byte> handle, SessionFacts facts, DateTimeOffset now) => ResumptionPolicy.IsRenewalDue(facts, now);

    /// <summary>Takes a session out, so that it is found at most once (single use). False: somebody was faster, or it cannot tell.</summary>
    public virtual ValueTask<bool> RemoveAsync(ReadOnlyMemory<byte> handle, CancellationToken cancellationToken) => ValueTask.FromResult(false);
}
