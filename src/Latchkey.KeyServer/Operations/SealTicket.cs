using System.Security.Cryptography;
using System.Text;
using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Tickets;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>Latchkey's operation 49: makes a ticket of a session whose secret the edge has (R6).</summary>
internal sealed class SealTicket : KeyOperation
{
    public override string Name => "seal_ticket";

    public override KeyDemand Demand(in KeylessItems items) => new(KeyOperations.Tickets, KeyCustody.MasterSecret);

    public override KeylessError Check(in KeylessItems items, StoredKey key) =>
        SealTicketRequest.TryRead(items.Payload, out _) ? KeylessError.None : KeylessError.Malformed;

    public override bool UsesPrivateKey(in KeylessItems items) => false;

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!SealTicketRequest.TryRead(items.Payload, out var request))
            return OperationResult.Failed(KeylessError.Malformed);
        // Only sessions of that site: what is sealed here comes back as one.
        using var encoded = SecretBytes.CopyOf(request.State);
        using var state = SessionStateEncoding.TryDecode(encoded);
        if (state is null || state.Facts.Site != Encoding.UTF8.GetString(request.Site) || !SiteTickets.IsNamed(state.Facts, items.ServerName))
            return OperationResult.Failed(KeylessError.Malformed);
        var ring = SiteTickets.Kept(lease, request.Site, services);
        return SealedBox.Seal(services.Crypto, ring, request.State, SiteTickets.ContextOf(request.Site)) is { } ticket
            ? OperationResult.Of(ticket) with { Digest = SHA256.HashData(ticket) }
            : OperationResult.Failed(KeylessError.SealingKeyExpired);
    }
}
