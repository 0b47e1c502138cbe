using System.Security.Cryptography;
using System.Text;
using Latchkey.Client;
using Latchkey.Configuration;
using Latchkey.Crypto;
using Latchkey.Edge.Upstreams;
using Latchkey.KeyStores;
using Latchkey.Splitting;
using Latchkey.Tls;
using Latchkey.Tls.AspNetCore;
using Latchkey.Tls.Clients;
using Latchkey.Tls.Custodies;
using Latchkey.Tracing;
using Microsoft.Extensions.Logging;

namespace Latchkey.Edge;

/// <summary>Makes sites out of their configuration.</summary>
internal sealed class SiteFactory(KeyServerLinks links, UpstreamFactory upstreams, SiteSessions sessions, SiteDelegations delegations, LocalKeys keys, KeyStoreSet stores, HandshakeTraces traces, ILoggerFactory loggers)
{
    /// <param name="replaced">Receives what is to be disposed when handshakes under way have ended.</param>
    /// <exception cref="ConfigurationException">A certificate's or a local key's kind cannot be used here.</exception>
    public SiteMap Create(EdgeConfig config, ICollection<IAsyncDisposable> replaced)
    {
        // First what may fail, and then nothing has changed; from then on nothing fails.
        var keyed = Keyed(config);
        links.Commit(config.KeyServers, replaced);
        sessions.Share(config.SessionCache, replaced);
        var sites = new SiteMap(config, [.. keyed.Select(site => Create(site, replaced))]);
        sessions.RemoveExcept(config.Sites, replaced);
        delegations.RemoveExcept(config.Sites, replaced);
        return sites;
    }

    private List<KeyedSite> Keyed(EdgeConfig config)
    {
        try
        {
            links.Listen(config);
            return [.. config.Sites.Select(site => Keyed(config, site))];
        }
        catch
        {
            links.Abandon();
            throw;
        }
    }

    private KeyedSite Keyed(EdgeConfig config, SiteConfig site)
    {
        var keyServer = site.KeyServer is { } name ? links.Prepare(config.KeyServers[name]) : null;
        var certificates = site.IsLocal ? LocalCertificates(config, site)
            : site.Threshold is { } shared ? SharedCertificates(config, site, shared)
            : RemoteCertificates(config, site, keyServer!);
        return new KeyedSite(site, keyServer, certificates, ClientCertificates(site.ClientCertificates));
    }

    private EdgeSite Create(KeyedSite keyed, ICollection<IAsyncDisposable> replaced)
    {
        var (site, keyServer, certificates, clients) = keyed;
        var upstream = upstreams.Create(site);
        var delegated = delegations.Of(site, keyServer, certificates, replaced);
        var tls = new TlsSite
        {
            Name = site.Name,
            Certificates = certificates,
            DelegatedCredentials = delegated,
            Profile = site.Profile,
            CipherSuites = site.CipherSuites,
            DhGroup = site.DhGroup,
            MinVersion = site.MinVersion,
            MaxVersion = site.MaxVersion,
            ClientCertificates = clients,
            PreSharedKeys = site.PreSharedKeys ? keyServer!.CreatePreSharedKeys(site.Custody, Encoding.UTF8.GetBytes(site.IdentityHint)) : null,
            ApplicationProtocols = upstream.ApplicationProtocols,
            Resumption = sessions.Of(site, keyServer, certificates, replaced),
            Observer = traces.Begin,
        };
        return new EdgeSite(site, tls, upstream) { DelegatedCredentials = delegated };
    }

    private static ClientCertificates? ClientCertificates(ClientCertificatesConfig? config) =>
        config is null ? null : new ClientCertificates { Mode = config.Mode, Verifier = new TrustedAuthorities(config.Authorities, config.Revocation) };

    private IReadOnlyList<TlsCertificate> LocalCertificates(EdgeConfig config, SiteConfig site) =>
        [.. site.Certificates.Select(certificate => Certificate(config, certificate, new SignatureCustody(CustodyNames.Local, LocalKey(config, certificate))))];

    private IReadOnlyList<TlsCertificate> RemoteCertificates(EdgeConfig config, SiteConfig site, KeyServerClient keyServer) =>
        [.. site.Certificates.Select(certificate => Certificate(config, certificate, keyServer.CreateCustody(site.Custody, sessions.ForCustody(site))))];

    private IReadOnlyList<TlsCertificate> SharedCertificates(EdgeConfig config, SiteConfig site, ThresholdConfig shared)
    {
        var holders = shared.KeyServers.Select(name => links.Prepare(config.KeyServers[name])).ToList();
        return [.. site.Certificates.Select(certificate => Certificate(config, certificate, ThresholdCustody.Create(shared.Key, holders, loggers)))];
    }

    // The key lives as long as handshakes that use it; its handle frees it when the last of them has gone.
    private IHandshakeKey LocalKey(EdgeConfig config, SiteCertificateConfig certificate)
    {
        try
        {
            return certificate.KeyUri is { } uri
                ? keys.Open(uri, certificate.Chain[0].PublicKey.ExportSubjectPublicKeyInfo()).Handshakes
                : new LocalHandshakeKey(PrivateKeyFile.Read(certificate.KeyFile!));
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or KeyStoreException)
        {
            throw new ConfigurationException(config.File, "", $"no usable private key in {certificate.KeyFile ?? "a device"}: {e.Message.TrimEnd('.')}");
        }
    }

    private TlsCertificate Certificate(EdgeConfig config, SiteCertificateConfig certificate, Custody custody)
    {
        try
        {
            var presented = new TlsCertificate
            {
                Chain = [.. certificate.Chain.Select(one => (ReadOnlyMemory<byte>)one.RawData)],
                PublicKey = CryptoProvider.Default.ImportPublicKey(certificate.Chain[0].PublicKey.ExportSubjectPublicKeyInfo()),
                Custody = custody,
            };
            SiteKeyParts.Attach(certificate, presented, stores);
            return presented;
        }
        catch (CryptographicException e)
        {
            throw new ConfigurationException(config.File, "", $"the key of {certificate.File} cannot be used: {e.Message.TrimEnd('.')} (expected RSA, ECDSA P-256 or P-384, Ed25519, or DSA)");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or KeyStoreException or KeyPartException)
        {
            throw new ConfigurationException(config.File, "", $"no usable part of the key of {certificate.File}: {e.Message.TrimEnd('.')}");
        }
    }

    /// <summary>A site with all that may fail behind it.</summary>
    private sealed record KeyedSite(SiteConfig Config, KeyServerClient? KeyServer, IReadOnlyList<TlsCertificate> Certificates, ClientCertificates? Clients);
}
