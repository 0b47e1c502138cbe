using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>Latchkey's operation 42: signs a TLS 1.3 CertificateVerify whose content it builds around the transcript hash (X1, X4).</summary>
internal sealed class SignCertificateVerify : KeyOperation
{
    public override string Name => "sign_certificate_verify";

    public override KeyDemand Demand(in KeylessItems items) =>
        new(KeyOperations.SignTls13, KeyCustody.Signature, SignCertificateVerifyItems.TryRead(items, out var fields) ? (SignatureScheme)fields.Scheme : null);

    public override KeylessError Check(in KeylessItems items, StoredKey key)
    {
        if (!SignCertificateVerifyItems.TryRead(items, out var fields))
            return KeylessError.Malformed;
        return AllowedSchemes.ForTls13(key.Private.Algorithm, (SignatureScheme)fields.Scheme)
            ? KeylessError.None
            : KeylessError.CryptographicFailure;
    }

    public override bool SignsPartially(in KeylessItems items) => SignCertificateVerifyItems.TryRead(items, out var fields) && fields.Partially;

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!SignCertificateVerifyItems.TryRead(items, out var fields))
            return OperationResult.Failed(KeylessError.Malformed);
        var content = SignedContent.OfCertificateVerify(fields.TranscriptHash) with { ServerName = items.ServerName };
        return OperationResult.Of(VerifiedSignature.Make((SignatureScheme)fields.Scheme, content, lease.Key, services)) with
        {
            Digest = content.Digest,
            IsRepeated = services.Freshness.HasSigned(fields.TranscriptHash),
        };
    }
}
