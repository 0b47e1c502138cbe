using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Latchkey's operation 44: makes an ephemeral key pair, signs its public value with both randoms, and gives the private value out sealed (K3), or in clear to an
/// edge that asks for it (K3a). An edge could have made a pair of its own and have it signed by operation 41: it learns nothing more.
/// </summary>
internal sealed class OfferKeyExchange : KeyOperation
{
    public override string Name => "offer_key_exchange";

    public override KeyDemand Demand(in KeylessItems items) => OfferKeyExchangeRequest.TryRead(items.Payload, out var request)
        ? new(KeyOperations.Exchange, request.HandsOver ? KeyCustody.Exchange : KeyCustody.SessionKeys, (SignatureScheme)request.Scheme)
        : new(KeyOperations.Exchange, KeyCustody.SessionKeys);

    public override int ExchangeMicroseconds(in KeylessItems items) => OfferKeyExchangeRequest.TryRead(items.Payload, out var request) ? ExchangeCost.Of((NamedGroup)request.Group) : 0;

    public override KeylessError Check(in KeylessItems items, StoredKey key)
    {
        if (!OfferKeyExchangeRequest.TryRead(items.Payload, out var request))
            return KeylessError.Malformed;
        return IsServed((NamedGroup)request.Group) && AllowedSchemes.ForTls12(key.Private.Algorithm, (SignatureScheme)request.Scheme)
            ? KeylessError.None
            : KeylessError.CryptographicFailure;
    }

    public override bool IsAskedOnce => true;

    public override ReadOnlySpan<byte> Nonce(in KeylessItems items) => OfferKeyExchangeRequest.TryRead(items.Payload, out var request) ? request.ServerNonce : default;

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!OfferKeyExchangeRequest.TryRead(items.Payload, out var request))
            return OperationResult.Failed(KeylessError.Malformed);
        var group = (NamedGroup)request.Group;
        if (!services.Crypto.Supports(group))
            return OperationResult.Failed(KeylessError.CryptographicFailure);
        using var exchange = services.Crypto.CreateKeyExchange(group);
        var random = FreshServerRandom.Derive(request.ServerNonce, (DowngradeSentinel)request.Sentinel).Value.Span;
        var parameters = ServerKeyParameters.Encode(group, exchange.PublicValue.Span);
        var content = SignedContent.OfServerKeyExchange(request.ClientRandom, request.ServerNonce, (DowngradeSentinel)request.Sentinel, parameters) with { ServerName = items.ServerName };
        var signature = VerifiedSignature.Make((SignatureScheme)request.Scheme, content, lease.Key, services);
        using var privateValue = exchange.ExportPrivateValue();
        ReadOnlySpan<byte> state = request.HandsOver ? privateValue.Span : SealedExchange.Seal(group, privateValue, request.ClientRandom, random, lease, services);
        return state.IsEmpty
            ? OperationResult.Failed(KeylessError.SealingKeyExpired)
            : Reply(new OfferKeyExchangeReply { Parameters = parameters, Signature = signature, State = state }) with { Digest = content.Digest };
    }

    // TLS 1.2's groups: a hybrid's value would not even fit its one byte of length.
    private static bool IsServed(NamedGroup group) => group is NamedGroup.X25519 or NamedGroup.Secp256r1 or NamedGroup.Secp384r1 || group.IsFiniteField();

    private static OperationResult Reply(scoped in OfferKeyExchangeReply reply)
    {
        var fields = new FieldWriter(1024);
        try
        {
            reply.Write(ref fields);
            return OperationResult.Of(SecretBytes.CopyOf(fields.Written));
        }
        finally
        {
            fields.Dispose();
        }
    }
}
