using Latchkey.Client.Links;
using Latchkey.Client.OnDemand;
using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Latchkey's operation 50: the private key itself, for a limited time, sealed for the edge that asks and for the connection it asks on (S6). The key's owner has to have allowed it: what an
/// edge does with the key meanwhile, nobody sees.
/// </summary>
internal sealed class FetchKey : KeyOperation
{
    public override string Name => "fetch_key";

    public override KeyDemand Demand(in KeylessItems items) => new(KeyOperations.FetchKey, KeyCustody.FetchedKey);

    public override KeylessError Check(in KeylessItems items, StoredKey key)
    {
        if (!FetchKeyRequest.TryRead(items.Payload, out var request))
            return KeylessError.Malformed;
        return SealedReply.IsSuitable((NamedGroup)request.Group) ? KeylessError.None : KeylessError.Malformed;
    }

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!FetchKeyRequest.TryRead(items.Payload, out var request))
            return OperationResult.Failed(KeylessError.Malformed);
        if (lease.Binding.IsEmpty)
            return OperationResult.Failed(KeylessError.NotAllowed);
        using var pkcs8 = lease.Key.Private.ExportPkcs8();
        if (pkcs8 is null)
            return OperationResult.Failed(KeylessError.NotAllowed);
        if (services.Crypto.AnswerKeyExchange((NamedGroup)request.Group, request.PublicValue) is not { } answer)
            return OperationResult.Failed(KeylessError.Malformed);
        using (answer.SharedSecret)
            return OperationResult.Of(Grant(request, answer, pkcs8, lease, services.Crypto));
    }

    private static byte[] Grant(in FetchKeyRequest request, KeyExchangeAnswer answer, SecretBytes pkcs8, KeyLease lease, CryptoProvider crypto)
    {
        var seconds = Math.Min(request.Seconds, (uint)lease.Key.Source.KeepKey.TotalSeconds);
        var terms = new KeyGrantTerms
        {
            Link = lease.Binding.Span,
            Key = lease.Key.Ski,
            Seconds = seconds,
            KeyServerValue = answer.PublicValue,
            EdgeValue = request.PublicValue,
        };
        var reply = new FieldWriter(pkcs8.Length + 256);
        new FetchKeyReply { Seconds = seconds, PublicValue = answer.PublicValue, Box = KeyGrant.Seal(crypto, answer.SharedSecret, terms, pkcs8) }.Write(ref reply);
        return reply.Written.ToArray();
    }
}
