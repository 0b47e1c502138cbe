namespace Latchkey.Tls.Sessions;

/// <summary>How a site's sessions are resumed (RFC 5246 §7.3, RFC 5077, RFC 8446 §2.2). Immutable.</summary>
/// <remarks>
/// Where the custody leaves the secret at the edge, <see cref="Tickets"/> and <see cref="SessionIdentifiers"/> say where sessions wait. Where it does not
/// (<see cref="Custodies.Custody.KeepsSessions"/>), the holder of the secret keeps them, and only the bounds below apply here.
/// Resumption in TLS 1.2 always requires extended master secret (RFC 7627 §5.3, attack 11).
/// </remarks>
public sealed record ResumptionOptions
{
    /// <summary>Makes and opens tickets; null: none are issued.</summary>
    public SessionStore? Tickets { get; init; }

    /// <summary>Keeps sessions under identifiers, TLS 1.2 only; null: none are given out. A client that takes tickets gets a ticket instead.</summary>
    public SessionCache? SessionIdentifiers { get; init; }

    /// <summary>Whether a custody that keeps sessions is asked for tickets (R4). Default true.</summary>
    public bool HolderTickets { get; init; } = true;

    /// <summary>Whether a custody that keeps sessions is asked to keep them under identifiers for clients that take no tickets, TLS 1.2 only (R2, R9). Default true.</summary>
    public bool HolderIdentifiers { get; init; } = true;

    /// <summary>From the full handshake to the last resumption. Default 12 h, at most 7 days.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>TLS 1.3: tickets after a full handshake; one after a resumption. Default 2.</summary>
    public int Tls13Tickets { get; init; } = 2;

    /// <summary>TLS 1.3: each ticket is accepted once (RFC 8446 §8.1). Default false.</summary>
    public bool SingleUse { get; init; }

    /// <summary>TLS 1.3: bytes of early data accepted per connection, at most 65,536 (what is refused has to be skipped); 0, the default, for none (RFC 8446 §8).</summary>
    public int MaxEarlyData { get; init; }
}
