using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Operations;

/// <summary>Deployed operation 18: signs a whole message of the edge's choice (X3).</summary>
internal sealed class RawEd25519 : KeyOperation
{
    public override string Name => "raw_ed25519";

    public override KeyDemand Demand(in KeylessItems items) => new(KeyOperations.RawSign, KeyCustody.Premaster, SignatureScheme.Ed25519);

    public override KeylessError Check(in KeylessItems items, StoredKey key) =>
        key.Private.Algorithm == KeyAlgorithm.Ed25519 ? KeylessError.None : KeylessError.CryptographicFailure;

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services) =>
        OperationResult.Of(VerifiedSignature.Make(SignatureScheme.Ed25519, SignedContent.OfRaw(items.Payload), lease.Key, services)) with { Digest = SHA256.HashData(items.Payload) };
}
