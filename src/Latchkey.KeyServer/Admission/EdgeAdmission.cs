using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Latchkey.KeyServer.Admission;

/// <summary>The TLS terms of the link: mutual, TLS 1.2 or 1.3, AEADs only, the configured authorities and no others.</summary>
internal sealed class EdgeAdmission
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly SslServerAuthenticationOptions _terms;

    public EdgeAdmission(KeyServerOptions options)
    {
        var chain = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // Certificates of edges are short-lived or removed from the policy; a key server has no business fetching URLs that a
            // peer's certificate names.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        chain.CustomTrustStore.AddRange(options.ClientAuthorities);
        // Where a certificate has extended key usages, clientAuth must be among them; one without any may do anything.
        chain.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        _terms = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(options.Certificate, options.CertificateChain, offline: true),
            ClientCertificateRequired = true,
            CertificateChainPolicy = chain,
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => certificate is not null && errors == SslPolicyErrors.None,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CipherSuitesPolicy = OperatingSystem.IsWindows() || OperatingSystem.IsAndroid() ? null : Suites(),
            AllowRenegotiation = false,
            // The link lives for hours: resumption would save nothing and admit an edge whose certificate nobody looked at again.
            AllowTlsResume = false,
        };
    }

    /// <summary>Handshakes and says who came.</summary>
    /// <exception cref="AuthenticationException">No certificate, or none that chains to a configured authority.</exception>
    public async Task<EdgeIdentity> AdmitAsync(SslStream stream, CancellationToken cancellationToken)
    {
        await stream.AuthenticateAsServerAsync(_terms, cancellationToken);
        using var certificate = stream.RemoteCertificate as X509Certificate2
            ?? throw new AuthenticationException("The edge showed no certificate.");
        return EdgeIdentity.Of(certificate);
    }

    // The deployed client knows ECDHE with AES-256-GCM and no other suite of TLS 1.2.
#pragma warning disable CA1416 // only called where there is such a policy
    private static CipherSuitesPolicy Suites() => new(
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]);
#pragma warning restore CA1416
}
