using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls12;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Latchkey's operation 43: opens a TLS 1.2 RSA premaster and hands out the master secret only (K4). Bad padding and bad version give a
/// random-looking master secret on the same path (attacks 7, 8); the premaster itself never leaves (attack 3).
/// </summary>
internal sealed class DeriveRsaMasterSecret : KeyOperation
{
    private const byte Sha256 = 4;

    public override string Name => "derive_rsa_master_secret";

    public override KeyDemand Demand(in KeylessItems items) => new(KeyOperations.RsaKeyExchange, KeyCustody.MasterSecret);

    public override KeylessError Check(in KeylessItems items, StoredKey key)
    {
        if (!DeriveRsaMasterSecretItems.TryRead(items, out _))
            return KeylessError.Malformed;
        if (key.Private.Algorithm != KeyAlgorithm.Rsa)
            return KeylessError.CryptographicFailure;
        return key.Private.ServesRsaKeyExchange ? KeylessError.None : KeylessError.NotAllowed;
    }

    public override bool IsAskedOnce => true;

    public override ReadOnlySpan<byte> Nonce(in KeylessItems items) => items.Value(ItemTag.ServerNonce);

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!DeriveRsaMasterSecretItems.TryRead(items, out var fields))
            return OperationResult.Failed(KeylessError.Malformed);
        if (lease.Key.Private is StructuredKey elsewhere)
            return OperationResult.Of(elsewhere.DeriveMasterSecret(PassedOn(fields, items.ServerName)));
        var random = FreshServerRandom.Derive(fields.ServerNonce, (DowngradeSentinel)fields.Sentinel);
        var digest = fields.PrfHash == Sha256 ? DigestAlgorithm.Sha256 : DigestAlgorithm.Sha384;
        using var premaster = lease.Key.Private.DecryptPremaster(fields.EncryptedPremaster, fields.ClientVersion);
        return OperationResult.Of(MasterSecret.Derive(services.Crypto, digest, premaster, fields.ClientRandom, random.Value.Span, sessionHash: null)) with
        {
            Digest = HandshakeDigest.Of(fields.ClientRandom, random.Value.Span),
        };
    }

    private static RsaKeyExchange PassedOn(in DeriveRsaMasterSecretItems fields, ReadOnlySpan<byte> serverName) => new()
    {
        EncryptedPremaster = fields.EncryptedPremaster,
        ClientVersion = fields.ClientVersion,
        ClientRandom = fields.ClientRandom,
        ServerNonce = fields.ServerNonce,
        Sentinel = (DowngradeSentinel)fields.Sentinel,
        Digest = fields.PrfHash == Sha256 ? DigestAlgorithm.Sha256 : DigestAlgorithm.Sha384,
        ServerName = serverName,
    };
}
