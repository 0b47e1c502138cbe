using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Operations;

/// <summary>Deployed operation 01: the raw RSA block, padding included (K1, X3). Whoever may call it can also forge signatures (attack 3).</summary>
internal sealed class RawRsaDecrypt : KeyOperation
{
    public override string Name => "raw_rsa_decrypt";

    public override KeyDemand Demand(in KeylessItems items) => new(KeyOperations.RawDecrypt, KeyCustody.Premaster);

    public override KeylessError Check(in KeylessItems items, StoredKey key) =>
        key.Private.Algorithm == KeyAlgorithm.Rsa && items.Payload.Length == (key.Private.KeySizeBits + 7) / 8
            ? KeylessError.None
            : KeylessError.CryptographicFailure;

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        try
        {
            return OperationResult.Of(lease.Key.Private.DecryptRaw(items.Payload)) with { Digest = SHA256.HashData(items.Payload) };
        }
        catch (ArgumentException)
        {
            // Not below the modulus. Any client of an edge can send that: it is no fault of the key's and no line in the log.
            return OperationResult.Failed(KeylessError.CryptographicFailure);
        }
    }
}
