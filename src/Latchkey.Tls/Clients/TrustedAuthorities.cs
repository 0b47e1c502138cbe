using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Tls.Alerts;

namespace Latchkey.Tls.Clients;

/// <summary>
/// Accepts what chains to a site's own authorities and to no other root: dates, clientAuth usage, signatures without SHA-1, RSA keys of 2,048 bits or
/// more, and, where lists are given, revocation. Computes only (about a millisecond): nothing is downloaded, no store of the machine is consulted.
/// </summary>
public sealed class TrustedAuthorities : ClientCertificateVerifier
{
    private const int MinRsaBits = 2048;

    /// <summary>More names than this are left out: some clients' buffers are small, and without names any certificate may be tried.</summary>
    private const int MaxNamesSize = 16 * 1024;

    /// <summary>id-kp-clientAuth (RFC 5280 §4.2.1.12); a certificate without the extension serves any purpose.</summary>
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    /// <summary>MD5 and SHA-1 signatures, which an attacker may have made for another certificate (RFC 8446 §4.4.2.4).</summary>
    private static readonly HashSet<string> Broken =
        ["1.2.840.113549.1.1.2", "1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.3.14.3.2.29", "1.2.840.10045.4.1", "1.2.840.10040.4.3"];

    private readonly X509Certificate2Collection _roots = [];
    private readonly X509Certificate2Collection _intermediates = [];
    private readonly RevocationLists? _revocation;

    /// <param name="authorities">Self-signed ones are trusted; others only help to build chains to them. Stay the caller's and must stay alive.</param>
    /// <param name="revocation">Lists of the authorities; null: revocation is not looked at.</param>
    /// <exception cref="ArgumentException">None of them is self-signed.</exception>
    public TrustedAuthorities(X509Certificate2Collection authorities, RevocationLists? revocation = null)
    {
        ArgumentNullException.ThrowIfNull(authorities);
        foreach (var authority in authorities)
            (IsRoot(authority) ? _roots : _intermediates).Add(authority);
        if (_roots.Count == 0)
            throw new ArgumentException("None of the authorities is self-signed.", nameof(authorities));
        _revocation = revocation;
        var names = authorities.Select(authority => (ReadOnlyMemory<byte>)authority.SubjectName.RawData).ToArray();
        AuthorityNames = names.Sum(name => name.Length + 2) <= MaxNamesSize ? names : [];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ReadOnlyMemory<byte>> AuthorityNames { get; }

    /// <summary>Whether a certificate can end a chain.</summary>
    public static bool IsRoot(X509Certificate2 certificate) => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    /// <inheritdoc/>
    public override ValueTask<ClientCertificateVerdict> VerifyAsync(IReadOnlyList<ReadOnlyMemory<byte>> chain, DateTimeOffset now, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Verify(chain, now));

    private ClientCertificateVerdict Verify(IReadOnlyList<ReadOnlyMemory<byte>> presented, DateTimeOffset now)
    {
        var certificates = new List<X509Certificate2>(presented.Count);
        using var chain = new X509Chain { ChainPolicy = Policy(now) };
        try
        {
            foreach (var der in presented)
                certificates.Add(X509CertificateLoader.LoadCertificate(der.Span));
            chain.ChainPolicy.ExtraStore.AddRange(certificates.Skip(1).ToArray());
            return chain.Build(certificates[0]) ? Judge(chain, now) : Refusal(chain);
        }
        catch (CryptographicException e)
        {
            return new ClientCertificateVerdict(AlertDescription.BadCertificate, $"the client's chain cannot be read: {e.Message}");
        }
        finally
        {
            foreach (var element in chain.ChainElements)
                element.Certificate.Dispose();
            foreach (var certificate in certificates)
                certificate.Dispose();
        }
    }

    private X509ChainPolicy Policy(DateTimeOffset now)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            // The address to download from would be the client's choice.
            DisableCertificateDownloads = true,
            VerificationTime = now.LocalDateTime,
            VerificationTimeIgnored = false,
        };
        policy.ApplicationPolicy.Add(ClientAuthentication);
        policy.CustomTrustStore.AddRange(_roots);
        policy.ExtraStore.AddRange(_intermediates);
        return policy;
    }

    /// <summary>What the platform does not look at.</summary>
    private ClientCertificateVerdict Judge(X509Chain chain, DateTimeOffset now)
    {
        for (var i = 0; i < chain.ChainElements.Count; i++)
        {
            var certificate = chain.ChainElements[i].Certificate;
            // A root is trusted as it is: nobody relies on its own signature.
            var isAnchor = i > 0 && i == chain.ChainElements.Count - 1;
            if (!isAnchor && Broken.Contains(certificate.SignatureAlgorithm.Value ?? ""))
                return new ClientCertificateVerdict(AlertDescription.BadCertificate, $"{certificate.Subject} is signed with a broken hash");
            using (var rsa = certificate.GetRSAPublicKey())
            {
                if (rsa?.KeySize < MinRsaBits)
                    return new ClientCertificateVerdict(AlertDescription.BadCertificate, $"the RSA key of {certificate.Subject} has {rsa.KeySize} bits");
            }

            if (!isAnchor && _revocation?.Check(certificate, now) is { Alert: not null } revoked)
                return revoked;
        }

        return ClientCertificateVerdict.Accepted;
    }

    private static ClientCertificateVerdict Refusal(X509Chain chain)
    {
        var found = X509ChainStatusFlags.NoError;
        foreach (var status in chain.ChainStatus)
            found |= status.Status;
        var alert = Alerts.FirstOrDefault(entry => (found & entry.Status) != 0).Alert;
        return new ClientCertificateVerdict(
            alert == default ? AlertDescription.CertificateUnknown : alert,
            $"{chain.ChainElements[0].Certificate.Subject} is not accepted: {string.Join(", ", chain.ChainStatus.Select(status => status.Status))}");
    }

    /// <summary>The first that applies: a forged or foreign certificate is that whatever else it may be.</summary>
    private static readonly (X509ChainStatusFlags Status, AlertDescription Alert)[] Alerts =
    [
        (X509ChainStatusFlags.NotSignatureValid | X509ChainStatusFlags.Cyclic, AlertDescription.BadCertificate),
        (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.ExplicitDistrust, AlertDescription.UnknownCa),
        (X509ChainStatusFlags.Revoked, AlertDescription.CertificateRevoked),
        (X509ChainStatusFlags.NotTimeValid, AlertDescription.CertificateExpired),
        (X509ChainStatusFlags.NotValidForUsage, AlertDescription.UnsupportedCertificate),
        (X509ChainStatusFlags.InvalidBasicConstraints | X509ChainStatusFlags.InvalidNameConstraints | X509ChainStatusFlags.HasNotPermittedNameConstraint
            | X509ChainStatusFlags.HasExcludedNameConstraint | X509ChainStatusFlags.InvalidExtension | X509ChainStatusFlags.HasNotSupportedCriticalExtension
            | X509ChainStatusFlags.InvalidPolicyConstraints | X509ChainStatusFlags.HasWeakSignature, AlertDescription.BadCertificate),
    ];
}
