using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Splitting.Threshold;
using Latchkey.Tls;
using Latchkey.Tls.DelegatedCredentials;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Latchkey's operation 54: signs a delegated credential for a key of the edge's own (X6, RFC 9345). Until it ends, the edge authenticates TLS 1.3 handshakes without asking, under
/// every name of the certificate: that is why policy is told all of them, and how long it would be. What is signed is built here, with this machine's clock.
/// </summary>
internal sealed class IssueDelegatedCredential : KeyOperation
{
    public override string Name => "issue_delegated_credential";

    public override KeyDemand Demand(in KeylessItems items) => IssueDelegatedCredentialRequest.TryRead(items.Payload, out var request)
        ? new(KeyOperations.DelegatedCredential, KeyCustody.Signature, (SignatureScheme)request.Algorithm) { Lifetime = TimeSpan.FromSeconds(request.Seconds) }
        : new(KeyOperations.DelegatedCredential, KeyCustody.Signature);

    public override IReadOnlyList<string> CertificateNames(in KeylessItems items) =>
        IssueDelegatedCredentialRequest.TryRead(items.Payload, out var request) ? PresentedNames.Of(request.Certificate) : [];

    public override KeylessError Check(in KeylessItems items, StoredKey key)
    {
        if (!IssueDelegatedCredentialRequest.TryRead(items.Payload, out var request) || request.Seconds > DelegatedCredential.MaxLifetime.TotalSeconds || !IsSuitable(request))
            return KeylessError.Malformed;
        if (!AllowedSchemes.ForTls13(key.Private.Algorithm, (SignatureScheme)request.Algorithm))
            return KeylessError.CryptographicFailure;
        // Whoever holds such a key signs handshakes and nothing else.
        if (key.Private is StructuredKey or ThresholdShare)
            return KeylessError.NotAllowed;
        var certificate = request.Certificate.ToArray();
        return DelegationCertificate.TryRead(certificate) is { MayDelegate: true } && IsOf(certificate, key) ? KeylessError.None : KeylessError.NotAllowed;
    }

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!IssueDelegatedCredentialRequest.TryRead(items.Payload, out var request) || DelegationCertificate.TryRead(request.Certificate.ToArray()) is not { } certificate)
            return OperationResult.Failed(KeylessError.Malformed);
        if (ValidTime(request, certificate, services.Time.GetUtcNow()) is not { } validTime)
            return OperationResult.Failed(KeylessError.NotAllowed);
        var algorithm = (SignatureScheme)request.Algorithm;
        var credential = DelegatedCredential.EncodeCredential(validTime, (SignatureScheme)request.Scheme, request.PublicKey);
        var content = SignedContent.OfDelegatedCredential(request.Certificate, credential, algorithm);
        return OperationResult.Of(DelegatedCredential.Encode(credential, algorithm, VerifiedSignature.Make(algorithm, content, lease.Key, services))) with { Digest = content.Digest };
    }

    /// <summary>Seconds from the certificate's notBefore to the credential's end: what was asked for, or the certificate's own end. null: the certificate is not valid now.</summary>
    private static uint? ValidTime(in IssueDelegatedCredentialRequest request, DelegationCertificate certificate, DateTimeOffset now)
    {
        if (now < certificate.NotBefore || now >= certificate.NotAfter)
            return null;
        var end = now.AddSeconds(request.Seconds);
        var validTime = ((end < certificate.NotAfter ? end : certificate.NotAfter) - certificate.NotBefore).TotalSeconds;
        return validTime <= uint.MaxValue ? (uint)validTime : null;
    }

    /// <summary>Whether the key is one that is delegated to, and well formed: nobody's signature vouches for bytes that merely look like one.</summary>
    private static bool IsSuitable(in IssueDelegatedCredentialRequest request)
    {
        var scheme = (SignatureScheme)request.Scheme;
        if (!DelegatedCredential.IsSuitable(scheme))
            return false;
        try
        {
            using var key = CryptoProvider.Default.ImportPublicKey(request.PublicKey);
            return AllowedSchemes.ForTls13(key.Algorithm, scheme);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static bool IsOf(byte[] certificate, StoredKey key) => TlsCertificate.SubjectPublicKeyInfoOf(certificate).Span.SequenceEqual(key.Public.SubjectPublicKeyInfo.Span);
}
