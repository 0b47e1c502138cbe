namespace Latchkey.Configuration;

/// <summary>A site's <c>resumption</c>.</summary>
internal sealed record ResumptionConfig
{
    /// <summary>Who makes and opens tickets.</summary>
    public required TicketArrangement Tickets { get; init; }

    /// <summary>Who keeps sessions under identifiers, TLS 1.2 only.</summary>
    public required SessionIdentifierArrangement SessionIds { get; init; }

    /// <summary>From the full handshake to the last resumption.</summary>
    public required TimeSpan Lifetime { get; init; }

    /// <summary>TLS 1.3: tickets after a full handshake.</summary>
    public required int Tls13Tickets { get; init; }

    /// <summary>TLS 1.3: each ticket is accepted once.</summary>
    public required bool SingleUse { get; init; }

    /// <summary>TLS 1.3: bytes of early data; 0 for none.</summary>
    public required int MaxEarlyData { get; init; }
}

/// <summary>Values of <c>resumption.tickets</c>.</summary>
internal enum TicketArrangement
{
    /// <summary><c>off</c>.</summary>
    Off,
    /// <summary><c>edge</c>: under a key of this process's own (R3).</summary>
    Edge,
    /// <summary><c>key-server</c>: made and opened there (R4; R6 where the edge has the secret).</summary>
    KeyServer,
    /// <summary><c>ticket-key</c>: made and opened at the edge under a key that the key server gives it (R5).</summary>
    TicketKey,
    /// <summary><c>state</c>: the key server makes the state, the edge seals it (R7).</summary>
    State,
}

/// <summary>Values of <c>resumption.sessionIds</c>.</summary>
internal enum SessionIdentifierArrangement
{
    /// <summary><c>off</c>.</summary>
    Off,
    /// <summary><c>edge</c>: in this process's memory (R1; R9 where the edge has no secret).</summary>
    Edge,
    /// <summary><c>shared</c>: in a cache that edges share (R1).</summary>
    Shared,
    /// <summary><c>key-server</c>: in the key server's memory (R2).</summary>
    KeyServer,
}
