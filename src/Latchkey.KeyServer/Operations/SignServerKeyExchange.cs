using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Tls12;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Latchkey's operation 41: signs a TLS 1.2 ServerKeyExchange from its parts (K2, X4). The server random is derived from the edge's nonce
/// here, so a random recorded on the wire, or one chosen to mean something elsewhere, cannot be signed (attacks 1, 4, 6).
/// </summary>
/// <remarks>
/// In a finite field nearly every number is a public value, so that up to 1,024 bytes are the edge's to choose. What stands before them is
/// not: 32 bytes of client random, the derived server random, the prime. What a site's key signs elsewhere is ASN.1, which can hide those in a
/// field: a certificate request or CMS attributes with a long integer or string that begins in the client random and ends in the public value. A
/// content that is as a whole one element is therefore refused; an honest edge meets that by chance once in some ten million handshakes. JWTs
/// are text, and contents of TLS 1.3, delegated credentials included, begin with 64 spaces. An owner who wants no doubt at all, or uses the key
/// for still other protocols, has the key server make the value (custody <c>exchange</c>, K3).
/// </remarks>
internal sealed class SignServerKeyExchange : KeyOperation
{
    public override string Name => "sign_server_key_exchange";

    public override KeyDemand Demand(in KeylessItems items) =>
        new(KeyOperations.SignTls12, KeyCustody.Signature, SignServerKeyExchangeItems.TryRead(items, out var fields) ? (SignatureScheme)fields.Scheme : null);

    public override KeylessError Check(in KeylessItems items, StoredKey key)
    {
        if (!SignServerKeyExchangeItems.TryRead(items, out var fields))
            return KeylessError.Malformed;
        if (!AllowedSchemes.ForTls12(key.Private.Algorithm, (SignatureScheme)fields.Scheme))
            return KeylessError.CryptographicFailure;
        return ServerKeyParameters.TryParse(fields.Parameters, out _, out _) ? KeylessError.None : KeylessError.Malformed;
    }

    public override bool IsAskedOnce => true;

    public override ReadOnlySpan<byte> Nonce(in KeylessItems items) => items.Value(ItemTag.ServerNonce);

    public override bool SignsPartially(in KeylessItems items) => SignServerKeyExchangeItems.TryRead(items, out var fields) && fields.Partially;

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!SignServerKeyExchangeItems.TryRead(items, out var fields))
            return OperationResult.Failed(KeylessError.Malformed);
        // The 96 bytes of a P-384 point would hold a certificate request for the key, were they free (attack 4). Costs 5 to 10 µs on P-256
        // and P-384, nothing on X25519.
        if (!ServerKeyParameters.TryParse(fields.Parameters, out var group, out var value) || !services.Crypto.IsPublicValue(group, value))
            return OperationResult.Failed(KeylessError.Malformed);
        var content = SignedContent.OfServerKeyExchange(fields.ClientRandom, fields.ServerNonce, (DowngradeSentinel)fields.Sentinel, fields.Parameters) with { ServerName = items.ServerName };
        if (group.IsFiniteField() && DerElement.IsOne(content.Message))
            return OperationResult.Failed(KeylessError.Malformed);
        return OperationResult.Of(VerifiedSignature.Make((SignatureScheme)fields.Scheme, content, lease.Key, services)) with { Digest = content.Digest };
    }
}
