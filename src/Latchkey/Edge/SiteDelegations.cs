using Latchkey.Client;
using Latchkey.Client.DelegatedCredentials;
using Latchkey.Configuration;
using Latchkey.Tls;
using Microsoft.Extensions.Logging;

namespace Latchkey.Edge;

/// <summary>The sites' delegated credentials (X6). One for the process: they outlive reloads that do not concern them, so that no site is without for a moment.</summary>
internal sealed partial class SiteDelegations(ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<Delegation>> _bySite = new(StringComparer.Ordinal);
    private readonly ILogger _logger = loggers.CreateLogger<SiteDelegations>();

    /// <summary>By the sites' names.</summary>
    public IReadOnlyList<(string Site, KeyServerDelegatedCredentials Credentials)> All
    {
        get
        {
            lock (_gate)
                return [.. _bySite.SelectMany(site => site.Value.Select(one => (site.Key, one.Credentials)))];
        }
    }

    /// <summary>One for each of the site's certificates that may delegate; none where the site wants none.</summary>
    /// <param name="keyServer">Who has the site's keys; null where that is not one key server.</param>
    /// <param name="certificates">As in <paramref name="site"/>.</param>
    /// <param name="replaced">Receives what is to be disposed when handshakes under way have ended.</param>
    public IReadOnlyList<KeyServerDelegatedCredentials> Of(SiteConfig site, KeyServerClient? keyServer, IReadOnlyList<TlsCertificate> certificates, ICollection<IAsyncDisposable> replaced)
    {
        var known = _bySite.GetValueOrDefault(site.Name) ?? [];
        var now = site.DelegatedCredentials is { } terms && keyServer is not null
            ? site.Certificates.Zip(certificates).Where(pair => MayDelegate(site, pair.First, pair.Second)).Select(pair => Find(known, keyServer, pair.First, pair.Second, terms)).ToList()
            : [];
        foreach (var one in known.Except(now))
            replaced.Add(one.Credentials);
        lock (_gate)
        {
            if (now.Count > 0)
                _bySite[site.Name] = now;
            else
                _bySite.Remove(site.Name);
        }
        return [.. now.Select(one => one.Credentials)];
    }

    /// <summary>Forgets what belongs to sites that are configured no more.</summary>
    public void RemoveExcept(IReadOnlyList<SiteConfig> sites, ICollection<IAsyncDisposable> replaced)
    {
        foreach (var name in _bySite.Keys.Except(sites.Select(site => site.Name)).ToList())
        {
            _bySite[name].ForEach(one => replaced.Add(one.Credentials));
            lock (_gate)
                _bySite.Remove(name);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, credentials) in All)
            await credentials.DisposeAsync();
    }

    private bool MayDelegate(SiteConfig site, SiteCertificateConfig config, TlsCertificate certificate)
    {
        if (KeyServerDelegatedCredentials.Obstacle(certificate) is not { } obstacle)
            return true;
        LogObstacle(site.Name, config.File, obstacle);
        return false;
    }

    // Parts of a key are read again at each reload, and questions bring along those of the certificate that they are about.
    private Delegation Find(List<Delegation> known, KeyServerClient keyServer, SiteCertificateConfig config, TlsCertificate certificate, DelegatedCredentialTerms terms) =>
        known.Find(one => one.KeyServer == keyServer && config.KeyParts.Count == 0 && one.Credentials.Terms == terms && one.Credentials.Certificate.Span.SequenceEqual(certificate.Fingerprint.Span))
        ?? new Delegation(keyServer, new KeyServerDelegatedCredentials(keyServer, certificate, terms, loggers));

    [LoggerMessage(5150, LogLevel.Warning, "Site {Site}: no delegated credentials for {File}: {Obstacle}. Its handshakes ask the key server.")]
    private partial void LogObstacle(string site, string file, string obstacle);

    private sealed record Delegation(KeyServerClient KeyServer, KeyServerDelegatedCredentials Credentials);
}
