using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Latchkey.KeyServer.Keys;

/// <summary>What a certificate teaches about its key.</summary>
internal static class CertificateNames
{
    private const string SubjectAlternativeName = "2.5.29.17";

    public static KeyCertificate Describe(X509Certificate2 certificate) => new(
        certificate.GetCertHash(HashAlgorithmName.SHA256),
        [.. certificate.Extensions
            .Where(e => e.Oid?.Value == SubjectAlternativeName)
            .SelectMany(e => new X509SubjectAlternativeNameExtension(e.RawData, e.Critical).EnumerateDnsNames())
            .Select(n => n.ToLowerInvariant())]);
}
