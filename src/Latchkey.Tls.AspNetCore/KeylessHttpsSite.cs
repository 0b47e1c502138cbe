using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client;
using Latchkey.Client.Custodies;
using Latchkey.Client.DelegatedCredentials;
using Latchkey.Client.Tickets;
using Latchkey.Crypto;
using Latchkey.KeyStores;
using Latchkey.Tickets;
using Latchkey.Tls.Clients;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.DelegatedCredentials;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;
using Microsoft.Extensions.Logging;

namespace Latchkey.Tls.AspNetCore;

/// <summary>The site of an application that has one: every client gets it, whatever name it asks for, as with Kestrel's own TLS.</summary>
internal sealed partial class KeylessHttpsSite : ISiteSelector, IAsyncDisposable
{
    private readonly KeyServerClient? _keyServer;
    private readonly KeyServerClient? _ticketKeyServer;
    private readonly SharedTicketKeyRing _ring = CreateRing();
    private readonly KeyServerTicketKeyRing? _fleetRing;
    private readonly IReadOnlyList<KeyServerDelegatedCredentials> _delegated;
    private readonly ILogger _logger;
    private readonly MemorySessionCache _sessions = new(TimeProvider.System);
    private readonly TlsSite _site;

    /// <exception cref="InvalidOperationException">The options cannot be used; the message names the option or the file.</exception>
    public KeylessHttpsSite(KeylessHttpsOptions options, IReadOnlyList<string> applicationProtocols, ILoggerFactory loggers)
    {
        _logger = loggers.CreateLogger<KeylessHttpsSite>();
        if (string.IsNullOrWhiteSpace(options.CertificatePath))
            throw new InvalidOperationException("UseKeylessHttps: CertificatePath is not set (expected the path of a PEM certificate chain).");
        if (options.Key is null && options.Address is not { EndPoints.Count: > 0 })
            throw new InvalidOperationException("UseKeylessHttps: no key server (expected a call of KeyServer(\"host:2407\", certificate, key, authorities), or Key with the URI of a key).");
        if (options.Key is not null && (options.Address is not null || options.Custody != "signature" || options.AdditionalCertificatePaths.Count > 0))
            throw new InvalidOperationException("UseKeylessHttps: Key stands beside a key server, a custody or further certificates (expected it with CertificatePath alone).");
        if (options.SessionLifetime <= TimeSpan.Zero || options.SessionLifetime > ResumptionPolicy.MaxLifetime)
            throw new InvalidOperationException($"UseKeylessHttps: SessionLifetime is {options.SessionLifetime} (expected more than zero, at most {ResumptionPolicy.MaxLifetime.TotalDays:0} days).");
        if (options.TicketKeys is { Address: null } && options.Key is not null)
            throw new InvalidOperationException("UseKeylessHttps: TicketKeysFromKeyServer() stands beside Key, and there is no key server (expected TicketKeysFrom(\"host:2407\", certificate, key, authorities)).");
        if (options.TicketKeys is not null && !options.Resumption)
            throw new InvalidOperationException("UseKeylessHttps: ticket keys stand beside Resumption = false (expected true, which is the default).");
        if (options.TicketKeys is { Address.EndPoints.Count: 0 })
            throw new InvalidOperationException("UseKeylessHttps: TicketKeysFrom names no key server (expected \"host:2407\").");
        if (options.Delegation is not null && (options.Key is not null || options.Custody != "signature"))
            throw new InvalidOperationException("UseKeylessHttps: DelegatedCredentials stands beside Key, or another custody than signature (expected a key server, and Custody = \"signature\").");
        if (options.Delegation is { Lifetime: var lifetime } && (lifetime < TimeSpan.FromSeconds(2) || lifetime > DelegatedCredential.MaxLifetime))
            throw new InvalidOperationException($"UseKeylessHttps: DelegatedCredentials: the lifetime is {lifetime} (expected 2 seconds to {DelegatedCredential.MaxLifetime.TotalDays:0} days).");
        var chains = new[] { options.CertificatePath }.Concat(options.AdditionalCertificatePaths)
            .Select(path => (Path: path, Pem: PemFile.Text(path, "a PEM certificate chain"))).ToList();
        var leaf = PemFile.Certificates(options.CertificatePath, "a PEM certificate chain")[0];
        _keyServer = options.Key is null ? options.Address!.CreateClient(options.KeyServerTimeout, loggers) : null;
        var name = options.SiteName ?? (leaf.GetNameInfo(X509NameType.DnsName, forIssuer: false) is { Length: > 0 } dnsName ? dnsName : leaf.Subject);
        IReadOnlyList<TlsCertificate> certificates = [.. chains.Select(chain => Certificate(chain.Path, chain.Pem, options.Key is { } key ? OpenKey(key, options, leaf) : CreateCustody(options)))];
        if (options.TicketKeys is { } source)
        {
            _ticketKeyServer = source.Address?.CreateClient(options.KeyServerTimeout, loggers);
            _fleetRing = new KeyServerTicketKeyRing(_ticketKeyServer ?? _keyServer!, certificates[0], name);
        }
        _delegated = options.Delegation is { } terms ? Delegate(terms, [.. chains.Select(chain => chain.Path)], certificates, loggers) : [];
        _site = new TlsSite
        {
            Name = name,
            Certificates = certificates,
            DelegatedCredentials = _delegated,
            Profile = options.Profile,
            ClientCertificates = CreateClientCertificates(options.Clients),
            ApplicationProtocols = applicationProtocols,
            Resumption = options.Resumption ? Resume(options) : null,
        };
        TlsOptions = new TlsServerOptions { Sites = this, Limits = options.Limits };
    }

    public TlsServerOptions TlsOptions { get; }

    public void Start()
    {
        _keyServer?.Start();
        _ticketKeyServer?.Start();
    }

    public ValueTask<TlsSite?> SelectAsync(ClientHello hello, TlsEndPoints endPoints, CancellationToken cancellationToken) => ValueTask.FromResult<TlsSite?>(_site);

    public async ValueTask DisposeAsync()
    {
        foreach (var credentials in _delegated)
            await credentials.DisposeAsync();
        if (_fleetRing is not null)
            await _fleetRing.DisposeAsync();
        if (_ticketKeyServer is not null)
            await _ticketKeyServer.DisposeAsync();
        if (_keyServer is not null)
            await _keyServer.DisposeAsync();
        _sessions.Dispose();
        _ring.Dispose();
    }

    private List<KeyServerDelegatedCredentials> Delegate(DelegatedCredentialTerms terms, IReadOnlyList<string> paths, IReadOnlyList<TlsCertificate> certificates, ILoggerFactory loggers)
    {
        var obstacles = certificates.Select(KeyServerDelegatedCredentials.Obstacle).ToList();
        if (obstacles.TrueForAll(obstacle => obstacle is not null))
            throw new InvalidOperationException($"UseKeylessHttps: DelegatedCredentials: {PemFile.Full(paths[0])}: {obstacles[0]}.");
        for (var i = 0; i < obstacles.Count; i++)
        {
            if (obstacles[i] is { } obstacle)
                LogObstacle(PemFile.Full(paths[i]), obstacle);
        }
        return [.. certificates.Where((_, i) => obstacles[i] is null).Select(certificate => new KeyServerDelegatedCredentials(_keyServer!, certificate, terms, loggers))];
    }

    [LoggerMessage(4005, LogLevel.Warning, "No delegated credentials for {File}: {Obstacle}. Its handshakes ask the key server.")]
    private partial void LogObstacle(string file, string obstacle);

    private ResumptionOptions Resume(KeylessHttpsOptions options) => new()
    {
        Tickets = _fleetRing is null ? new TicketStore("edge_ticket", _ring, CryptoProvider.Default) : new TicketStore("ticket_key_ticket", _fleetRing, CryptoProvider.Default),
        SessionIdentifiers = _sessions,
        Lifetime = options.SessionLifetime,
    };

    // The key has to last for the longest session there is; how long one lives, its facts say.
    private static SharedTicketKeyRing CreateRing()
    {
        using var secret = SecretBytes.Random(TicketKey.SecretSize);
        return new SharedTicketKeyRing(secret.Span, TimeSpan.FromHours(12), ResumptionPolicy.MaxLifetime, CryptoProvider.Default, TimeProvider.System);
    }

    private static ClientCertificates? CreateClientCertificates(ClientAuthorities? clients)
    {
        if (clients is null)
            return null;
        try
        {
            var authorities = clients.Authorities();
            var lists = clients.RevocationLists();
            var verifier = new TrustedAuthorities(authorities, lists.Count == 0 ? null : new RevocationLists(lists, authorities));
            return new ClientCertificates { Mode = clients.Mode, Verifier = verifier };
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new InvalidOperationException($"UseKeylessHttps: ClientCertificates: {e.Message}", e);
        }
    }

    // The key lives as long as the process, as its endpoint does.
    private static SignatureCustody OpenKey(string uri, KeylessHttpsOptions options, X509Certificate2 leaf)
    {
        try
        {
            return new SignatureCustody("local", new LocalKeys([.. options.KeyStores]).Open(uri, leaf.PublicKey.ExportSubjectPublicKeyInfo()).Handshakes);
        }
        catch (KeyStoreException e)
        {
            throw new InvalidOperationException($"UseKeylessHttps: Key: {e.Message}", e);
        }
    }

    private Custody CreateCustody(KeylessHttpsOptions options)
    {
        try
        {
            return _keyServer!.CreateCustody(options.Custody, new CustodyOptions { KeepKey = options.KeepKey });
        }
        catch (Exception e) when (e is ArgumentException or PlatformNotSupportedException)
        {
            throw new InvalidOperationException($"UseKeylessHttps: Custody: {e.Message}", e);
        }
    }

    private static TlsCertificate Certificate(string path, string pem, Custody custody)
    {
        try
        {
            return TlsCertificate.FromPem(pem, CryptoProvider.Default, custody);
        }
        catch (CryptographicException e)
        {
            throw new InvalidOperationException($"UseKeylessHttps: {PemFile.Full(path)} cannot be used (expected a PEM certificate chain): {e.Message}", e);
        }
    }
}
