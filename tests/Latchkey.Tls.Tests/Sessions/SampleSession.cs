using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Tests.Sessions;

/// <summary>A session, and the terms under which it goes on.</summary>
internal static class SampleSession
{
    public static DateTimeOffset Now { get; } = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public static byte[] Fingerprint { get; } = SHA256.HashData("certificate"u8);

    public static SessionFacts Facts { get; } = new()
    {
        Version = TlsVersion.Tls12,
        CipherSuite = CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        Site = "example.test",
        ServerName = "www.example.test",
        ApplicationProtocol = "h2",
        CertificateFingerprint = Fingerprint,
        Established = Now.AddHours(-1),
        Issued = Now.AddHours(-1),
        Lifetime = TimeSpan.FromHours(12),
    };

    public static ResumptionTerms Terms { get; } = new()
    {
        Version = TlsVersion.Tls12,
        CipherSuites = [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256],
        Site = "example.test",
        ServerName = "www.example.test",
        ApplicationProtocol = "h2",
        CertificateFingerprints = [SHA256.HashData("another"u8), Fingerprint],
        Lifetime = TimeSpan.FromHours(12),
        Now = Now,
    };

    public static SessionState State(SessionFacts? facts = null) => new(facts ?? Facts, SecretBytes.Random(48));
}
