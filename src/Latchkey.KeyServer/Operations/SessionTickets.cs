using System.Text;
using Latchkey.KeyServer.Keys;
using Latchkey.Tickets;
using Latchkey.Tls.Sessions;

namespace Latchkey.KeyServer.Operations;

/// <summary>TLS 1.3 sessions whose secret no edge may have, in tickets of one key and site that only key servers with the same roots open (R4).</summary>
internal sealed class SessionTickets
{
    private readonly DerivedTicketKeyRing _ring;
    private readonly OperationServices _services;
    private readonly string _site;

    public SessionTickets(KeyLease lease, string site, OperationServices services)
    {
        _ring = SiteTickets.OfSessions(lease, Encoding.UTF8.GetBytes(site), services);
        _services = services;
        _site = site;
        Store = new TicketStore("key_server_ticket", _ring, services.Crypto);
    }

    /// <summary>Where the engine puts them.</summary>
    public SessionStore Store { get; }

    /// <summary>The session of a ticket, the caller's to dispose. null: altered, of another key or site, sealed elsewhere, its sealing key gone.</summary>
    public SessionState? TryOpen(ReadOnlySpan<byte> ticket)
    {
        if (ticket.Length > TicketStore.MaxTicketSize)
            return null;
        using var encoded = SealedBox.TryOpen(_services.Crypto, _ring, ticket, TicketStore.ContextOf(_site));
        return encoded is null ? null : SessionStateEncoding.TryDecode(encoded);
    }
}
