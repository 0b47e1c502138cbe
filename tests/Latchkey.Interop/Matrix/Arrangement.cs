namespace Latchkey.Interop.Matrix;

/// <summary>A way of resumption as a site's configuration asks for it.</summary>
/// <param name="Name">Short, for names of sites.</param>
/// <param name="Row">The catalogue's row.</param>
/// <param name="Resumption">The site's <c>resumption</c>, JSON.</param>
internal sealed record Arrangement(string Name, string Row, string Resumption)
{
    /// <summary>TLS 1.3 has no session identifiers.</summary>
    public bool IsOfTls12Only { get; init; }

    /// <summary>Questions to the key server while a session is kept (TLS 1.2: one ticket; TLS 1.3: two).</summary>
    public bool KeepingAsks { get; init; }

    /// <summary>Questions to the key server for a resumption in TLS 1.2.</summary>
    public int Resuming { get; init; }

    /// <summary>In TLS 1.3: the same, but for R6, whose new ticket is asked for behind the application's back, and R11, whose Finished is always verified there.</summary>
    public int Resuming13 => Row == "R11" ? 2 : KeepingAsks ? Resuming + 1 : Resuming;

    public static Arrangement EdgeTicket { get; } = new("edge-ticket", "R3", """{ "tickets": "edge", "sessionIds": "off" }""");

    public static Arrangement EdgeIdentifier { get; } = new("edge-id", "R1", """{ "tickets": "off", "sessionIds": "edge" }""") { IsOfTls12Only = true };

    public static Arrangement TicketKey { get; } = new("ticket-key", "R5", """{ "tickets": "ticket-key", "sessionIds": "off" }""");

    public static Arrangement KeyServerOpens { get; } = new("opened-by-key-server", "R6", """{ "tickets": "key-server", "sessionIds": "off" }""") { KeepingAsks = true, Resuming = 1 };

    public static Arrangement State { get; } = new("state", "R7", """{ "tickets": "state", "sessionIds": "off" }""");

    public static Arrangement EdgeIdentifierOfSealedState { get; } = new("sealed-state-id", "R9", """{ "tickets": "off", "sessionIds": "edge" }""") { IsOfTls12Only = true, Resuming = 1 };

    /// <summary>Those that need the secret at the edge.</summary>
    public static IReadOnlyList<Arrangement> OfTheEdge { get; } = [EdgeTicket, EdgeIdentifier, TicketKey, KeyServerOpens];

    public static Arrangement KeyServerTicket(string row, int resuming = 1) =>
        new("key-server-ticket", row, """{ "tickets": "key-server", "sessionIds": "off" }""") { Resuming = resuming };

    public static Arrangement KeyServerIdentifier(string row, int resuming = 1) =>
        new("key-server-id", row, """{ "tickets": "off", "sessionIds": "key-server" }""") { IsOfTls12Only = true, Resuming = resuming };
}

/// <summary>How premaster and traffic secrets come about.</summary>
public enum Exchange
{
    Tls13,
    Ecdhe,
    Dhe,
    Rsa,
}
