using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Keys.Split;
using Latchkey.Splitting;
using Latchkey.Splitting.Threshold;

namespace Latchkey.KeyServer.Operations;

/// <summary>Signs a content, and verifies before release what the configuration wants verified (attack 16, docs/adr/0002).</summary>
internal static class VerifiedSignature
{
    /// <exception cref="FaultySignatureException">The signature does not verify.</exception>
    public static byte[] Make(SignatureScheme scheme, scoped in SignedContent content, StoredKey key, OperationServices services)
    {
        // A partial signature is not one yet; whoever combines verifies.
        if (key.Private is ThresholdShare share)
            return share.SignPartially(scheme, content.Message).Encode();
        var signature = MakeUnverified(scheme, content, key);
        return !MustBeVerified(key, services.Verify) || key.Public.Verify(scheme, content.Message, signature) ? signature : throw new FaultySignatureException();
    }

    /// <summary>For the engine, which verifies by itself what <see cref="MustBeVerified"/>.</summary>
    public static byte[] MakeUnverified(SignatureScheme scheme, scoped in SignedContent content, StoredKey key) =>
        key.Private is StructuredKey elsewhere ? elsewhere.Sign(scheme, content) : key.Private.Sign(scheme, content.Message);

    /// <summary>RSA always; a key that is not in this process too: beside a device's own time it costs nothing (docs/adr/0024). And one that is joined of parts, one of which somebody
    /// else sent (attack 17).</summary>
    public static bool MustBeVerified(StoredKey key, SignatureVerification verify) =>
        verify == SignatureVerification.All || key.Private.Algorithm == KeyAlgorithm.Rsa || key.Private is StructuredKey or SplitKey or JoinedKey || key.Device is not null;
}
