using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Latchkey.Tls.Clients;

namespace Latchkey.KeyServer.Admission;

/// <summary>The TLS terms of the link: mutual, TLS 1.2 or 1.3, AEADs only, the configured authorities and no others, nobody who is revoked (L1).</summary>
internal sealed class EdgeAdmission
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly SslStreamCertificateContext _certificate;
    private readonly X509ChainPolicy _chain;
    private readonly TimeProvider _time;

    /// <param name="options">Certificates and authorities.</param>
    /// <param name="revocation">null: not looked at.</param>
    public EdgeAdmission(KeyServerOptions options, RevocationLists? revocation)
    {
        _time = options.TimeProvider;
        _certificate = SslStreamCertificateContext.Create(options.Certificate, options.CertificateChain, offline: true);
        _chain = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // The owner's lists are looked at below: a key server has no business fetching URLs that a peer's certificate names.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        _chain.CustomTrustStore.AddRange(options.ClientAuthorities);
        // Where a certificate has extended key usages, clientAuth must be among them; one without any may do anything.
        _chain.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        Revocation = revocation;
        var authorities = options.ClientAuthorities.Select(authority => authority.GetCertHashString(HashAlgorithmName.SHA256)).Distinct().Order(StringComparer.Ordinal);
        Audience = SHA256.HashData([.. Encoding.ASCII.GetBytes(string.Join('\n', authorities)), .. revocation?.Digest ?? new byte[32]]);
    }

    /// <summary>Who may come in at all, as one number of 32 bytes: another one with other authorities, and whenever a certificate has been revoked.</summary>
    public ReadOnlyMemory<byte> Audience { get; }

    /// <summary>The lists in force; null for none.</summary>
    public RevocationLists? Revocation { get; }

    /// <summary>Handshakes and says who came.</summary>
    /// <exception cref="NotAdmittedException">A certificate that is not accepted; the message says why.</exception>
    /// <exception cref="AuthenticationException">No certificate, or no handshake.</exception>
    public async Task<AdmittedEdge> AdmitAsync(SslStream stream, CancellationToken cancellationToken)
    {
        IReadOnlyList<X509Certificate2> presented = [];
        Refusal? refusal = null;
        try
        {
            await stream.AuthenticateAsServerAsync(Terms(Accepts), cancellationToken);
        }
        catch (AuthenticationException) when (refusal is { } known)
        {
            throw new NotAdmittedException(known);
        }
        return presented.Count > 0
            ? new AdmittedEdge(EdgeIdentity.Of(presented[0]), presented)
            : throw new AuthenticationException("The edge showed no certificate.");

        bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            if (certificate is null || errors != SslPolicyErrors.None)
                return false;
            presented = [.. (chain?.ChainElements.Select(element => element.Certificate) ?? [(X509Certificate2)certificate]).Select(one => X509CertificateLoader.LoadCertificate(one.RawData))];
            refusal = WhyNot(presented);
            return refusal is null;
        }
    }

    /// <summary>Why an edge that has been admitted may not stay; null where it may. Cheap: no signature is verified.</summary>
    public Refusal? WhyNot(AdmittedEdge edge) => WhyNot(edge.Chain);

    /// <summary>Whether the authorities of today vouch for an edge that was admitted under others.</summary>
    public bool Vouches(AdmittedEdge edge)
    {
        using var chain = new X509Chain { ChainPolicy = _chain.Clone() };
        foreach (var above in edge.Chain.Skip(1))
            chain.ChainPolicy.ExtraStore.Add(above);
        return chain.Build(edge.Chain[0]);
    }

    private Refusal? WhyNot(IReadOnlyList<X509Certificate2> chain)
    {
        var now = _time.GetUtcNow();
        if (chain[0].NotAfter.ToUniversalTime() < now.UtcDateTime)
            return new Refusal("expired", $"the certificate of {chain[0].Subject} expired at {chain[0].NotAfter.ToUniversalTime():u}");
        if (Revocation is null)
            return null;
        foreach (var certificate in chain)
        {
            if (Revocation.Check(certificate, now) is { Alert: not null } verdict)
                return new Refusal("revoked", verdict.Reason);
        }
        return null;
    }

    private SslServerAuthenticationOptions Terms(RemoteCertificateValidationCallback accepts) => new()
    {
        ServerCertificateContext = _certificate,
        ClientCertificateRequired = true,
        CertificateChainPolicy = _chain.Clone(),
        RemoteCertificateValidationCallback = accepts,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CipherSuitesPolicy = OperatingSystem.IsWindows() || OperatingSystem.IsAndroid() ? null : Suites,
        AllowRenegotiation = false,
        // The link lives for hours: resumption would save nothing and admit an edge whose certificate nobody looked at again.
        AllowTlsResume = false,
    };

    // The deployed client knows ECDHE with AES-256-GCM and no other suite of TLS 1.2.
#pragma warning disable CA1416 // only used where there is such a policy
    private static readonly CipherSuitesPolicy? Suites = OperatingSystem.IsWindows() || OperatingSystem.IsAndroid() ? null : new(
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
