using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Latchkey.Client;

/// <summary>
/// Who a key server must prove to be: its certificate chains to one of the configured authorities and no other (the machine's
/// roots do not count), is meant for servers, is within its time, and names the configured host: a DNS name by a DNS SAN, an IP
/// address by an IP SAN (RFC 6125, RFC 2818 §3.1). Revocation is not asked for: an owner withdraws a key server by its authority.
/// </summary>
internal sealed class KeyServerIdentity(KeyServerEndPoint endPoint, KeyServerConnectionOptions options)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Why the certificate was refused; null where it was not.</summary>
    public string? Refusal { get; private set; }

    public SslClientAuthenticationOptions ClientOptions() => new()
    {
        TargetHost = endPoint.Host,
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
        // RemoteCertificateNameMismatch as well as the subject's common name, which nothing but old tools still compare.
        if (!certificate.MatchesHostname(endPoint.Host, allowWildcards: true, allowCommonName: false))
            return $"{certificate.Subject} does not name {(IPAddress.TryParse(endPoint.Host, out _) ? "the IP address" : "the host")} {endPoint.Host}";
        return errors == SslPolicyErrors.None ? null : errors.ToString();
    }
}
