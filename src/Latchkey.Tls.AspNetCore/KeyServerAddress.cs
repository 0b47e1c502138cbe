using System.Security.Cryptography.X509Certificates;

namespace Latchkey.Tls.AspNetCore;

/// <summary>Where the key server is, and by what certificates; read late so that every mistake is reported in one place.</summary>
internal sealed record KeyServerAddress(IReadOnlyList<string> EndPoints, Func<X509Certificate2> Certificate, Func<X509Certificate2Collection> Authorities)
{
    public static KeyServerAddress Of(string endPoints, string certificatePath, string keyPath, string authoritiesPath)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(endPoints);
        return new KeyServerAddress(
            Split(endPoints), () => PemFile.CertificateWithKey(certificatePath, keyPath), () => PemFile.Certificates(authoritiesPath, "the authorities of the key server"));
    }

    public static KeyServerAddress Of(string endPoints, X509Certificate2 certificate, X509Certificate2Collection authorities)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(endPoints);
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(authorities);
        return new KeyServerAddress(Split(endPoints), () => certificate, () => authorities);
    }

    private static string[] Split(string endPoints) => endPoints.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
