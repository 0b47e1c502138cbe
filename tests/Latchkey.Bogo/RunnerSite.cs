using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;

namespace Latchkey.Bogo;

/// <summary>The one site of the shim, and the ClientHello that came for it.</summary>
internal sealed class RunnerSite : ISiteSelector
{
    private readonly ShimFlags _flags;
    private readonly TlsSite _site;

    /// <summary>By index among the runner's credentials.</summary>
    private readonly SortedDictionary<int, TlsCertificate> _certificates = [];
    private readonly SortedDictionary<int, GivenCredential> _delegated = [];

    public RunnerSite(ShimFlags flags, RunnerSessions sessions)
    {
        _flags = flags;
        for (var i = 0; i < flags.Credentials.Count; i++)
        {
            if (flags.Credentials[i].IsPreSharedKey)
                continue;
            var certificate = flags.Credentials[i].ToCertificate();
            _certificates.Add(i, certificate);
            if (flags.Credentials[i].IsDelegated)
                _delegated.Add(i, flags.Credentials[i].ToDelegatedCredential(certificate));
        }

        _site = new TlsSite
        {
            Name = "runner",
            Certificates = _certificates.Count > 0 ? Served() : [StandIn()],
            DelegatedCredentials = [.. _delegated.Values],
            PreSharedKeys = PreSharedKeys(flags),
            MinVersion = Version(flags.MinVersion) ?? TlsVersion.Tls12,
            MaxVersion = Version(flags.MaxVersion) ?? TlsVersion.Tls13,
            // The suites of RSA key exchange and of AES-CBC are among those that the runner tests by default.
            Profile = TlsProfile.Legacy,
            ApplicationProtocols = flags.SelectedAlpn is { } name ? [name] : [],
            ClientCertificates = flags.Client.ToOptions(),
            Resumption = sessions.OptionsFor(flags),
        };
    }

    /// <summary>The first one, where a HelloRetryRequest called for a second.</summary>
    public ClientHello? Hello { get; private set; }

    /// <summary>Whether the server authenticated with this credential: a certificate, a delegated credential, or a pre-shared key.</summary>
    /// <param name="credential">Index; less than 0 for the default one, which is the last.</param>
    public bool IsUsed(int credential, TlsHandshakeInfo info)
    {
        var index = credential < 0 ? _flags.Credentials.Count - 1 : credential;
        var isPresented = _certificates.TryGetValue(index, out var certificate)
            ? info.Certificate is { } presented && presented.Fingerprint.Span.SequenceEqual(certificate.Fingerprint.Span)
            : info.Certificate is null;
        return isPresented && info.DelegatedCredential == _delegated.GetValueOrDefault(index)?.Current.Credential;
    }

    public ValueTask<TlsSite?> SelectAsync(ClientHello hello, TlsEndPoints endPoints, CancellationToken cancellationToken)
    {
        Hello = hello;
        if (_flags.RefusesHello)
            throw new PeerIncompatibleException(AlertDescription.HandshakeFailure, "The site refuses the client.");
        if (_flags.FailsOnHello)
            throw new InvalidOperationException("The site cannot be found.");
        return ValueTask.FromResult<TlsSite?>(_site);
    }

    /// <summary>Of a certificate that comes both with a delegated credential and by itself, the latter, which has the key; else where the credential stands.</summary>
    private List<TlsCertificate> Served() =>
    [
        .. _certificates.GroupBy(entry => Convert.ToHexString(entry.Value.Fingerprint.Span))
            .Select(same => same.OrderBy(entry => _delegated.ContainsKey(entry.Key)).First().Value),
    ];

    /// <summary>A site always has a certificate; one that the runner gives none has one of its own.</summary>
    private static TlsCertificate StandIn()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=stand-in", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        var custody = new SignatureCustody("local", new LocalHandshakeKey(PrivateKeyReader.Read(CryptoProvider.Default, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()))));
        return TlsCertificate.FromPem(certificate.ExportCertificatePem(), CryptoProvider.Default, custody);
    }

    private static LocalPreSharedKeys? PreSharedKeys(ShimFlags flags)
    {
        var keys = flags.Credentials.Where(credential => credential.IsPreSharedKey).SelectMany(credential => credential.ToPreSharedKeys()).ToList();
        var identity = Encoding.ASCII.GetBytes(flags.PreSharedKeyIdentity);
        if (flags.PreSharedKey is { } key)
            keys.Add(new PreSharedKey(identity, SecretBytes.CopyOf(Encoding.ASCII.GetBytes(key))));
        return keys.Count > 0 ? new LocalPreSharedKeys(keys, identity) : null;
    }

    private static TlsVersion? Version(ushort? code) => code switch
    {
        null => null,
        0x0303 => TlsVersion.Tls12,
        0x0304 => TlsVersion.Tls13,
        _ => throw new UnimplementedException($"version 0x{code:x4}"),
    };
}
