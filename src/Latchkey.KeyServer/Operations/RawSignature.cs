using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Operations;

/// <summary>Deployed operations 02–07, 12–17 and 35–37: signs a digest made by the edge (X3).</summary>
internal sealed class RawSignature(Opcode opcode, DigestAlgorithm digest, SignaturePadding padding) : KeyOperation
{
    public override string Name { get; } = (padding switch
    {
        SignaturePadding.Pkcs1 => "raw_rsa_",
        SignaturePadding.Pss => "raw_rsa_pss_",
        _ => "raw_ecdsa_",
    }) + digest.ToString().ToLowerInvariant();

    public override KeyDemand Demand(in KeylessItems items) => new(KeyOperations.RawSign, KeyCustody.Premaster, Scheme);

    public override KeylessError Check(in KeylessItems items, StoredKey key) =>
        items.Payload.Length == opcode.DigestLength() && Suits(key.Private.Algorithm)
            ? KeylessError.None
            : KeylessError.CryptographicFailure;

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        var signature = lease.Key.Private.SignDigest(digest, padding, items.Payload);
        return (services.Verify == SignatureVerification.All || lease.Key.Device is not null || padding != SignaturePadding.None)
            && !DigestSignature.IsValid(lease.Key.Private.SubjectPublicKeyInfo.Span, digest, padding, items.Payload, signature)
            ? throw new FaultySignatureException()
            : OperationResult.Of(signature) with { Digest = items.Payload.ToArray() };
    }

    /// <summary>As rules name it; what TLS has no name for is of no rule that lists schemes.</summary>
    private SignatureScheme Scheme => (padding, digest) switch
    {
        (SignaturePadding.Pkcs1, DigestAlgorithm.Sha1) => SignatureScheme.RsaPkcs1Sha1,
        (SignaturePadding.Pkcs1, DigestAlgorithm.Sha256) => SignatureScheme.RsaPkcs1Sha256,
        (SignaturePadding.Pkcs1, DigestAlgorithm.Sha384) => SignatureScheme.RsaPkcs1Sha384,
        (SignaturePadding.Pkcs1, DigestAlgorithm.Sha512) => SignatureScheme.RsaPkcs1Sha512,
        (SignaturePadding.Pss, DigestAlgorithm.Sha256) => SignatureScheme.RsaPssRsaeSha256,
        (SignaturePadding.Pss, DigestAlgorithm.Sha384) => SignatureScheme.RsaPssRsaeSha384,
        (SignaturePadding.Pss, DigestAlgorithm.Sha512) => SignatureScheme.RsaPssRsaeSha512,
        (SignaturePadding.None, DigestAlgorithm.Sha256) => SignatureScheme.EcdsaSecp256r1Sha256,
        (SignaturePadding.None, DigestAlgorithm.Sha384) => SignatureScheme.EcdsaSecp384r1Sha384,
        _ => default,
    };

    private bool Suits(KeyAlgorithm key) => padding == SignaturePadding.None
        ? key is KeyAlgorithm.EcdsaP256 or KeyAlgorithm.EcdsaP384
        : key == KeyAlgorithm.Rsa;
}
