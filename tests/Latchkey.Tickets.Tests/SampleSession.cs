using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tickets.Tests;

internal static class SampleSession
{
    public static TlsSite Site(string name) => new() { Name = name, Certificates = [] };

    public static SessionState Of(DateTimeOffset now, string site = "example.test") => new(
        new SessionFacts
        {
            Version = TlsVersion.Tls12,
            CipherSuite = CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            Site = site,
            ServerName = site,
            ApplicationProtocol = null,
            CertificateFingerprint = new byte[32],
            Established = now,
            Issued = now,
            Lifetime = TimeSpan.FromHours(12),
        },
        SecretBytes.Random(48));
}
