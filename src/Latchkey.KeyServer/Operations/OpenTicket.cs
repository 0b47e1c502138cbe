using System.Security.Cryptography;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Tickets;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Latchkey's operation 4A: hands out the session in a ticket of operation 49 (R6). An edge whose right to the key is withdrawn gets none any more (attack 10).
/// </summary>
internal sealed class OpenTicket : KeyOperation
{
    public override string Name => "open_ticket";

    public override KeyDemand Demand(in KeylessItems items) => new(KeyOperations.Tickets, KeyCustody.MasterSecret);

    public override KeylessError Check(in KeylessItems items, StoredKey key) =>
        OpenTicketRequest.TryRead(items.Payload, out _) ? KeylessError.None : KeylessError.Malformed;

    public override bool UsesPrivateKey(in KeylessItems items) => false;

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!OpenTicketRequest.TryRead(items.Payload, out var request))
            return OperationResult.Failed(KeylessError.Malformed);
        var ring = SiteTickets.Kept(lease, request.Site, services);
        var encoded = SealedBox.TryOpen(services.Crypto, ring, request.Ticket, SiteTickets.ContextOf(request.Site));
        if (encoded is null)
            return OperationResult.Failed(KeylessError.SessionUnknown);
        using var state = SessionStateEncoding.TryDecode(encoded);
        if (state is not null && SiteTickets.IsNamed(state.Facts, items.ServerName) && ResumptionPolicy.Left(state.Facts, state.Facts.Lifetime, services.Time.GetUtcNow()) > TimeSpan.Zero)
            return OperationResult.Of(encoded) with { Digest = SHA256.HashData(request.Ticket) };
        encoded.Dispose();
        return OperationResult.Failed(KeylessError.SessionUnknown);
    }
}
