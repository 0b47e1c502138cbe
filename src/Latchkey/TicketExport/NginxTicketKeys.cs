using Latchkey.Client.Tickets;
using Latchkey.Tickets;

namespace Latchkey.TicketExport;

/// <summary>nginx takes any number of keys: the first seals, all open, and a ticket under any but the first is renewed (ssl_session_ticket_key).</summary>
internal sealed class NginxTicketKeys : TicketKeyFormat
{
    public override string Name => "nginx";

    public override TicketKeySet Select(IReadOnlyList<TicketKey> fleet, SharedTicketKeyRing unshared, DateTimeOffset now)
    {
        var sealing = ExportedTicketKeys.SealingAt(fleet, now);
        // The newest first: they are looked for most.
        var others = fleet.Where(key => key != sealing).OrderByDescending(key => key.SealFrom);
        return new TicketKeySet([sealing ?? unshared.ForSealing()!, .. others], sealing is not null);
    }
}
