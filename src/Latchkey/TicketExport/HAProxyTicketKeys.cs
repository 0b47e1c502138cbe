using Latchkey.Client.Tickets;
using Latchkey.Tickets;

namespace Latchkey.TicketExport;

/// <summary>HAProxy keeps three keys: the last but one seals, all open (tls-ticket-keys). So: the one before, the one that seals, the one that comes next (T2).</summary>
internal sealed class HAProxyTicketKeys : TicketKeyFormat
{
    public override string Name => "haproxy";

    public override TicketKeySet Select(IReadOnlyList<TicketKey> fleet, SharedTicketKeyRing unshared, DateTimeOffset now)
    {
        var sealing = ExportedTicketKeys.SealingAt(fleet, now);
        var start = sealing?.SealFrom ?? now;
        var previous = fleet.Where(key => key.SealUntil <= start).OrderByDescending(key => key.SealUntil).FirstOrDefault() is { } last
            ? ExportedTicketKeys.SealingAt(fleet, last.SealUntil - TimeSpan.FromTicks(1))
            : null;
        var next = sealing is null
            ? fleet.Where(key => key.SealFrom > now).OrderBy(key => key.SealFrom).FirstOrDefault() is { } first ? ExportedTicketKeys.SealingAt(fleet, first.SealFrom) : null
            : ExportedTicketKeys.SealingAt(fleet, sealing.SealUntil);
        // Where the fleet has fewer than three, keys that nobody else has fill the places.
        var own = unshared.InUse().TakeLast(3).ToList();
        return new TicketKeySet([previous ?? own[0], sealing ?? own[1], next ?? own[2]], sealing is not null);
    }
}
