using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;

namespace Latchkey.KeyServer.Operations;

/// <summary>Signs a message, and verifies before release what the configuration wants verified (attack 16, docs/adr/0002).</summary>
internal static class VerifiedSignature
{
    /// <exception cref="FaultySignatureException">The signature does not verify.</exception>
    public static byte[] Make(SignatureScheme scheme, ReadOnlySpan<byte> message, StoredKey key, OperationServices services)
    {
        var signature = key.Private.Sign(scheme, message);
        var verify = services.Verify == SignatureVerification.All || key.Private.Algorithm == KeyAlgorithm.Rsa;
        return !verify || key.Public.Verify(scheme, message, signature) ? signature : throw new FaultySignatureException();
    }
}
