using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Tls.Clients;

namespace Latchkey.Client;

/// <summary>
/// Who a key server must prove to be: its certificate chains to one of the configured authorities and no other (the machine's
/// roots do not count), is meant for servers, is within its time, and names the configured host: a DNS name by a DNS SAN, an IP
/// address by an IP SAN (RFC 6125, RFC 2818 §3.1), and nothing in its chain is on one of the owner's revocation lists.
/// </summary>
/// <param name="hosts">Whom it may be: one, where this side dialled; several, where a key server did, which only its certificate can tell.</param>
internal sealed class KeyServerIdentity(IReadOnlyList<string> hosts, KeyServerConnectionOptions options)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Why the certificate was refused; null where it was not.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Those of the hosts that its certificate names.</summary>
    public IReadOnlyList<string> Proven { get; private set; } = [];

    /// <summary>Its certificate, those above it, the root last.</summary>
    public IReadOnlyList<X509Certificate2> Chain { get; private set; } = [];

    /// <summary>Why nobody with this chain is to be trusted now; null where nothing is known against it.</summary>
    public static string? WhyRevoked(IReadOnlyList<X509Certificate2> chain, RevocationLists? lists, DateTimeOffset now)
    {
        if (lists is null)
            return null;
        foreach (var certificate in chain)
        {
            if (lists.Check(certificate, now) is { Alert: not null } verdict)
                return verdict.Reason;
        }
        return null;
    }

    public SslClientAuthenticationOptions ClientOptions() => new()
    {
        TargetHost = hosts.Count == 1 ? hosts[0] : "",
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        EncryptionPolicy = EncryptionPolicy.RequireEncryption,
        AllowRenegotiation = false,
        // Each connection lasts for hours, and each proves anew who is at its ends.
        AllowTlsResume = false,
        ClientCertificateContext = SslStreamCertificateContext.Create(options.Certificate, additionalCertificates: null, offline: true),
        CertificateChainPolicy = ChainPolicy(),
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsAccepted(certificate, chain, errors),
    };

    private X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(options.TrustedAuthorities);
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        return policy;
    }

    private bool IsAccepted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Refusal = Explain(certificate as X509Certificate2, chain, errors);
        return Refusal is null;
    }

    private string? Explain(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) || certificate is null)
            return "it sent none";
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            var reasons = chain?.ChainStatus.Select(status => status.StatusInformation.TrimEnd('.', ' ')).Distinct() ?? [];
            return $"{certificate.Subject} issued by {certificate.Issuer}: {string.Join("; ", reasons)} (trusted: {string.Join(", ", options.TrustedAuthorities.Select(authority => authority.Subject))})";
        }
        // The subject's common name does not count, which nothing but old tools still compare.
        Proven = [.. hosts.Where(host => certificate.MatchesHostname(host, allowWildcards: true, allowCommonName: false))];
        if (Proven.Count == 0)
            return $"{certificate.Subject} does not name {(hosts.Count == 1 && IPAddress.TryParse(hosts[0], out _) ? "the IP address" : "the host")} {string.Join(" or ", hosts)}";
        Chain = [.. (chain?.ChainElements.Select(element => element.Certificate) ?? [certificate]).Select(one => X509CertificateLoader.LoadCertificate(one.RawData))];
        if (WhyRevoked(Chain, options.Revocation, options.TimeProvider.GetUtcNow()) is { } reason)
            return reason;
        var others = errors & ~SslPolicyErrors.RemoteCertificateNameMismatch; // judged above, by all the names there may be
        return others == SslPolicyErrors.None ? null : others.ToString();
    }
}
