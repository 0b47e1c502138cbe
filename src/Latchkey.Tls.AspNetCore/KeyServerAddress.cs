using System.Security.Cryptography.X509Certificates;
using Latchkey.Client;
using Microsoft.Extensions.Logging;

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

    /// <summary>A client that does not connect yet.</summary>
    /// <exception cref="InvalidOperationException">It cannot be; the message names the file or the endpoint.</exception>
    public KeyServerClient CreateClient(TimeSpan timeout, ILoggerFactory loggers)
    {
        try
        {
            return new KeyServerClient(
                new KeyServerClientOptions
                {
                    Name = EndPoints[0],
                    EndPoints = EndPoints,
                    Certificate = Certificate(),
                    TrustedAuthorities = Authorities(),
                    RequestTimeout = timeout,
                },
                loggers);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new InvalidOperationException($"UseKeylessHttps: {e.Message}", e);
        }
    }

    private static string[] Split(string endPoints) => endPoints.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
