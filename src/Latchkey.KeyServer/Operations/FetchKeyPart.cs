using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Splitting;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Latchkey's operation 51: the parts of a split key that are here, for another key server that joins it for one operation (S5). Only a rule that says <c>key-part</c> allows it. What comes
/// back is as an edge's part in a question: each part with a length of 2 bytes before it.
/// </summary>
internal sealed class FetchKeyPart : KeyOperation
{
    public override string Name => "fetch_key_part";

    public override KeyDemand Demand(in KeylessItems items) => new(KeyOperations.KeyPart, KeyCustody.Handshake);

    public override KeylessError Check(in KeylessItems items, StoredKey key) => key.Private is SplitKey ? KeylessError.None : KeylessError.NotAllowed;

    public override bool UsesPrivateKey(in KeylessItems items) => false;

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (lease.Key.Origin.Private is not SplitKey split)
            return OperationResult.Failed(KeylessError.NotAllowed);
        var fields = new FieldWriter(4096);
        try
        {
            foreach (var part in split.Parts)
            {
                using var encoded = part.Encode();
                fields.Vector16(encoded.Span);
            }
            return OperationResult.Of(SecretBytes.CopyOf(fields.Written));
        }
        finally
        {
            fields.Dispose();
        }
    }
}
