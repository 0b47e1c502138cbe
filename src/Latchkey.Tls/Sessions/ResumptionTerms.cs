using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;

namespace Latchkey.Tls.Sessions;

/// <summary>What a full handshake would agree on now: a session goes on only where it says the same (R10).</summary>
public sealed record ResumptionTerms
{
    /// <summary>Version chosen.</summary>
    public required TlsVersion Version { get; init; }

    /// <summary>Suites a session may have: those both sides have in TLS 1.2, those with the digest of the one chosen in TLS 1.3.</summary>
    public required IReadOnlyCollection<CipherSuite> CipherSuites { get; init; }

    /// <summary>The tenant.</summary>
    public required string Site { get; init; }

    /// <summary>SNI; null where absent.</summary>
    public required string? ServerName { get; init; }

    /// <summary>ALPN that would be chosen; null for none.</summary>
    public required string? ApplicationProtocol { get; init; }

    /// <summary>SHA-256 of the certificates that may be presented, 32 bytes each.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> CertificateFingerprints { get; init; }

    /// <summary>What the site allows now; a session's own lifetime may be shorter.</summary>
    public required TimeSpan Lifetime { get; init; }

    /// <summary>The time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>TLS 1.2: whether the client offers encrypt_then_mac.</summary>
    public bool EncryptThenMac { get; init; }

    /// <summary>Of a TLS 1.2 handshake.</summary>
    /// <param name="applicationProtocol">Negotiated anew.</param>
    public static ResumptionTerms Tls12(ClientHello hello, TlsSite site, string? applicationProtocol, DateTimeOffset now) =>
        Of(hello, site, TlsVersion.Tls12, [.. SuitePreference.Common(hello, TlsVersion.Tls12, site).Select(facts => facts.Suite)], applicationProtocol, now) with { EncryptThenMac = hello.EncryptThenMac };

    /// <summary>Of a TLS 1.3 handshake.</summary>
    /// <param name="suite">Chosen.</param>
    /// <param name="applicationProtocol">Negotiated anew.</param>
    public static ResumptionTerms Tls13(ClientHello hello, TlsSite site, CipherSuite suite, string? applicationProtocol, DateTimeOffset now) =>
        Of(hello, site, TlsVersion.Tls13, [.. CipherSuiteFacts.All.Where(facts => facts.Version == TlsVersion.Tls13 && facts.Digest == suite.Digest()).Select(facts => facts.Suite)], applicationProtocol, now);

    private static ResumptionTerms Of(ClientHello hello, TlsSite site, TlsVersion version, CipherSuite[] suites, string? applicationProtocol, DateTimeOffset now) => new()
    {
        Version = version,
        CipherSuites = suites,
        Site = site.Name,
        ServerName = hello.ServerName,
        ApplicationProtocol = applicationProtocol,
        CertificateFingerprints = [.. site.Certificates.Select(certificate => certificate.Fingerprint)],
        Lifetime = site.Resumption?.Lifetime ?? TimeSpan.Zero,
        Now = now,
    };
}
