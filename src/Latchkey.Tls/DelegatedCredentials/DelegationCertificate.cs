using System.Formats.Asn1;

namespace Latchkey.Tls.DelegatedCredentials;

/// <summary>What of a certificate matters to delegated credentials (RFC 9345 §4.2). Immutable.</summary>
/// <param name="NotBefore">From when it is valid: what a credential's end is counted from.</param>
/// <param name="NotAfter">Until when, this second included.</param>
/// <param name="MayDelegate">It has the extension DelegationUsage (1.3.6.1.4.1.44363.44), not critical, and keyUsage with digitalSignature.</param>
public sealed record DelegationCertificate(DateTimeOffset NotBefore, DateTimeOffset NotAfter, bool MayDelegate)
{
    /// <summary>Reads a DER certificate. null: it is none.</summary>
    public static DelegationCertificate? TryRead(ReadOnlyMemory<byte> certificate)
    {
        try
        {
            var (notBefore, notAfter) = CertificateFields.Validity(certificate);
            return new DelegationCertificate(notBefore, notAfter, CertificateFields.MayDelegate(certificate));
        }
        catch (AsnContentException)
        {
            return null;
        }
    }
}
