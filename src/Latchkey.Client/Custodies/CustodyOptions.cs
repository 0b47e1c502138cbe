using Latchkey.Tickets;

namespace Latchkey.Client.Custodies;

/// <summary>What some custodies can be told; those it does not concern ignore it. What it names is lent and outlives the custody.</summary>
public sealed record CustodyOptions
{
    /// <summary>Custody <c>exchange</c>: the key server hands over its ephemeral private value with the signature, so that no second question is needed (K3a).</summary>
    public bool HandOverPrivateValue { get; init; }

    /// <summary>
    /// Custody <c>session-keys</c>: where sessions with an identifier wait at the edge, sealed by the key server (R9); null: the key server keeps them (R2).
    /// </summary>
    public BoundedMemory? SealedSessions { get; init; }

    /// <summary>Custody <c>master-secret</c>: the key server makes the state of a session and this ring, which it does not know, seals it into the ticket (R7); null: the site's
    /// own stores keep sessions.</summary>
    public TicketKeyRing? StateRing { get; init; }

    /// <summary>
    /// Custody <c>handshake</c>, TLS 1.2: the key server hands over the master secret, and this side exchanges the Finished messages itself (F1); one round trip less.
    /// The key server's configuration must allow it. Default: they are verified and made at the key server (F2, F3).
    /// </summary>
    public bool FinishedAtEdge { get; init; }

    /// <summary>Custody <c>fetched-key</c>: how long a fetched key stays in memory, in whole seconds, unless the key server grants less; zero: for one operation. Default 60 s.</summary>
    public TimeSpan KeepKey { get; init; } = TimeSpan.FromSeconds(60);
}
