using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
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
internal sealed class SignServerKeyExchange : KeyOperation
{
    public override string Name => "sign_server_key_exchange";

    public override KeylessError Check(in KeylessItems items, StoredKey key)
    {
        if (!SignServerKeyExchangeItems.TryRead(items, out var fields))
            return KeylessError.Malformed;
        if (!AllowedSchemes.ForTls12(key.Private.Algorithm, (SignatureScheme)fields.Scheme))
            return KeylessError.CryptographicFailure;
        return ServerEcdhParameters.TryParse(fields.Parameters, out _, out _) ? KeylessError.None : KeylessError.Malformed;
    }

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!SignServerKeyExchangeItems.TryRead(items, out var fields))
            return OperationResult.Failed(KeylessError.Malformed);
        // The 96 bytes of a P-384 point would hold a certificate request for the key, were they free (attack 4). Costs 5 to 10 µs on P-256
        // and P-384, nothing on X25519.
        if (!ServerEcdhParameters.TryParse(fields.Parameters, out var group, out var point) || !services.Crypto.IsPublicValue(group, point))
            return OperationResult.Failed(KeylessError.Malformed);
        var random = FreshServerRandom.Derive(fields.ServerNonce, (DowngradeSentinel)fields.Sentinel);
        var content = ServerKeyExchangeContent.Build(fields.ClientRandom, random.Value.Span, fields.Parameters);
        return OperationResult.Of(VerifiedSignature.Make((SignatureScheme)fields.Scheme, content, lease.Key, services));
    }
}
