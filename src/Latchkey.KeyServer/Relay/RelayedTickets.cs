using Latchkey.KeyServer.Operations;
using Latchkey.Tickets;
using Latchkey.Tls;
using Latchkey.Tls.Sessions;

namespace Latchkey.KeyServer.Relay;

/// <summary>The tickets of one site's relayed sessions (R11): under keys of its own that no edge is given, the same at all key servers of a pool. Answers at once.</summary>
/// <param name="lease">Whose site it is; leased while this is used.</param>
/// <param name="site">UTF-8.</param>
/// <param name="handsOver">The edge gets the master secret: then these are tickets of sessions that an edge had it of, and no others.</param>
internal sealed class RelayedTickets(KeyLease lease, byte[] site, bool handsOver, OperationServices services) : SessionStore
{
    public override string Name => "key_server_ticket";

    public override ValueTask<ReadOnlyMemory<byte>?> KeepAsync(SessionState state, CancellationToken cancellationToken) => Tickets().KeepAsync(state, cancellationToken);

    public override ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> handle, TlsSite site, CancellationToken cancellationToken) => Tickets().FindAsync(handle, site, cancellationToken);

    public override bool IsRenewalDue(ReadOnlyMemory<byte> handle, SessionFacts facts, DateTimeOffset now) => Tickets().IsRenewalDue(handle, facts, now);

    // The ring is lent for one operation, and this lives as long as a handshake.
    private TicketStore Tickets() => new(Name, handsOver ? SiteTickets.HandedOver(lease, site, services) : SiteTickets.Relayed(lease, site, services), services.Crypto);
}
