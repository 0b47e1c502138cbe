using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Latchkey's operation 4B: the ticket keys of a site, for an edge that makes and opens tickets itself (R5). Whoever has them can open every ticket that any edge made under
/// them, so that they go only where the key's policy says so, and serve for nothing else.
/// </summary>
internal sealed class TicketKeys : KeyOperation
{
    public override string Name => "ticket_keys";

    public override KeyDemand Demand(in KeylessItems items) => new(KeyOperations.TicketKeys, KeyCustody.MasterSecret);

    public override KeylessError Check(in KeylessItems items, StoredKey key) =>
        TicketKeysRequest.TryRead(items.Payload, out _) ? KeylessError.None : KeylessError.Malformed;

    public override bool UsesPrivateKey(in KeylessItems items) => false;

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!TicketKeysRequest.TryRead(items.Payload, out var request))
            return OperationResult.Failed(KeylessError.Malformed);
        var ring = SiteTickets.HandedOut(lease, request.Site, services);
        var keys = ring.InUse();
        var fields = new FieldWriter(8 + Math.Min(keys.Count, TicketKeyEntry.MaxCount) * TicketKeyEntry.Size);
        try
        {
            TicketKeysReply.WriteHead(ref fields, SiteTickets.Audience(lease, request.Site, services));
            foreach (var key in keys.Take(TicketKeyEntry.MaxCount))
                EncodedTicketKey.Write(key, ref fields);
            return OperationResult.Of(SecretBytes.CopyOf(fields.Written));
        }
        finally
        {
            fields.Dispose();
        }
    }
}
