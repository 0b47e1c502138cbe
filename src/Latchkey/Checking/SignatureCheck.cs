using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client;
using Latchkey.Configuration;
using Latchkey.Edge;
using Latchkey.Roles;
using Latchkey.Crypto;
using Latchkey.KeyStores;
using Latchkey.Splitting;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.AspNetCore;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Microsoft.Extensions.Logging;

namespace Latchkey.Checking;

/// <summary>
/// Conducts a TLS 1.3 and a TLS 1.2 handshake for every certificate of every site with the base library's client, inside this
/// process: whoever holds the key signs as for any client, and the client verifies with the certificate.
/// </summary>
internal sealed class SignatureCheck(EdgeConfig config, ILoggerFactory loggers)
{
    /// <summary>Longer than any request timeout should be.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken cancellationToken)
    {
        var results = new List<CheckResult>();
        foreach (var site in config.Sites.Where(site => site.IsLocal))
            await CheckLocalAsync(site, results, cancellationToken);
        foreach (var site in config.Sites)
        {
            if (site.Threshold is { } shared)
                await CheckSharedAsync(site, shared, results, cancellationToken);
        }
        // Each address by itself: a pool hides the one server that lacks a key.
        foreach (var link in config.KeyServers.Values)
        {
            foreach (var endPoint in link.EndPoints)
                await CheckKeyServerAsync(link, endPoint, results, cancellationToken);
            foreach (var name in link.Accept?.Options.Names ?? [])
                results.AddRange(NotAsked(link, name));
        }
        return results;
    }

    // It connects to the edge that runs; here nobody can be asked.
    private IEnumerable<CheckResult> NotAsked(KeyServerLinkConfig link, string name) =>
        from site in config.Sites
        where site.KeyServer == link.Name
        from certificate in site.Certificates
        select new CheckResult(site.Name, certificate.File, "", $"{link.Name} {name}", "", true, "not asked: this key server connects to the edge, whose /status tells of it");

    private async Task CheckLocalAsync(SiteConfig site, List<CheckResult> results, CancellationToken cancellationToken)
    {
        foreach (var certificate in site.Certificates)
        {
            using var stores = new MachineKeyStores();
            try
            {
                var (handshakes, key) = new LocalKeys(stores.All).Open(certificate.KeyUri ?? $"file:{Uri.EscapeDataString(certificate.KeyFile!)}", certificate.Chain[0].PublicKey.ExportSubjectPublicKeyInfo());
                using (key)
                    await CheckVersionsAsync(site, certificate, "local", new SignatureCustody(CustodyNames.Local, handshakes), results, cancellationToken);
            }
            catch (KeyStoreException e)
            {
                results.Add(new CheckResult(site.Name, certificate.File, certificate.Chain[0].PublicKey.Oid.FriendlyName ?? "", "local", "", Passed: false, e.Message));
            }
        }
    }

    private async Task CheckSharedAsync(SiteConfig site, ThresholdConfig shared, List<CheckResult> results, CancellationToken cancellationToken)
    {
        await using var links = new KeyServerLinks(loggers);
        var holders = shared.KeyServers.Select(name => links.Open(config.KeyServers[name])).ToList();
        foreach (var certificate in site.Certificates)
            await CheckVersionsAsync(site, certificate, string.Join(" + ", shared.KeyServers), ThresholdCustody.Create(shared.Key, holders, loggers), results, cancellationToken);
    }

    private async Task CheckKeyServerAsync(KeyServerLinkConfig link, string endPoint, List<CheckResult> results, CancellationToken cancellationToken)
    {
        await using var client = new KeyServerClient(
            new KeyServerClientOptions
            {
                Name = link.Name,
                EndPoints = [endPoint],
                Certificate = link.Certificate,
                TrustedAuthorities = link.Authorities,
                RequestKey = link.RequestKey,
                RequestTimeout = link.RequestTimeout,
                BindInterface = link.BindInterface,
                Revocation = link.Revocation,
            },
            loggers);
        client.Start();
        foreach (var site in config.Sites.Where(site => site.KeyServer == link.Name))
            foreach (var certificate in site.Certificates)
                await CheckVersionsAsync(site, certificate, $"{link.Name} {endPoint}", client.CreateCustody(site.Custody), results, cancellationToken);
    }

    private static async Task CheckVersionsAsync(SiteConfig site, SiteCertificateConfig certificate, string holder, Custody custody, List<CheckResult> results, CancellationToken cancellationToken)
    {
        using var publicKey = CryptoProvider.Default.ImportPublicKey(certificate.Chain[0].PublicKey.ExportSubjectPublicKeyInfo());
        foreach (var version in new[] { TlsVersion.Tls13, TlsVersion.Tls12 }.Where(version => version >= site.MinVersion && version <= site.MaxVersion && (version == TlsVersion.Tls12 || publicKey.Algorithm != KeyAlgorithm.Dsa)))
        {
            var presented = new TlsCertificate { Chain = [.. certificate.Chain.Select(one => (ReadOnlyMemory<byte>)one.RawData)], PublicKey = publicKey, Custody = custody };
            var (passed, outcome) = AttachParts(certificate, presented) is { } problem ? (false, problem) : await TryHandshakeAsync(site, presented, version, cancellationToken);
            results.Add(new CheckResult(site.Name, certificate.File, publicKey.Algorithm.ToString(), holder, version == TlsVersion.Tls13 ? "TLS 1.3" : "TLS 1.2", passed, outcome));
        }
    }

    private static string? AttachParts(SiteCertificateConfig certificate, TlsCertificate presented)
    {
        using var stores = new MachineKeyStores();
        try
        {
            SiteKeyParts.Attach(certificate, presented, new KeyStoreSet(stores.All));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or KeyStoreException or KeyPartException)
        {
            return e.Message;
        }
    }

    private static async Task<(bool Passed, string Outcome)> TryHandshakeAsync(SiteConfig site, TlsCertificate certificate, TlsVersion version, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var time = new KeyTime();
        var options = new TlsServerOptions
        {
            Sites = new OneSite(new TlsSite { Name = site.Name, Certificates = [certificate], Profile = site.Profile, MinVersion = version, MaxVersion = version, Observer = () => time }),
        };
        var pipes = new DuplexPipes();
        await using var client = new SslStream(pipes.Client);
        var connecting = ConnectAsync(client, site, certificate, version, patience.Token);
        try
        {
            await using var server = await TlsServerConnection.AcceptAsync(pipes.Server, options, TlsEndPoints.None, patience.Token);
            await connecting;
            return (true, string.Create(CultureInfo.InvariantCulture, $"{server.Info.SignatureScheme}, {time.Total.TotalMilliseconds:0.0} ms"));
        }
        catch (Exception e) when (e is TlsException or OperationCanceledException or AuthenticationException or IOException)
        {
            await patience.CancelAsync();
            await connecting.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
            return (false, e is OperationCanceledException ? $"no answer within {Patience.TotalSeconds} s" : Reason(e));
        }
    }

    private static Task ConnectAsync(SslStream client, SiteConfig site, TlsCertificate certificate, TlsVersion version, CancellationToken cancellationToken) =>
        client.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = site.Name.Replace("*", "any", StringComparison.Ordinal),
                // The client's defaults are without DSS.
                CipherSuitesPolicy = certificate.PublicKey.Algorithm == KeyAlgorithm.Dsa && OperatingSystem.IsLinux() ? new CipherSuitesPolicy([TlsCipherSuite.TLS_DHE_DSS_WITH_AES_128_GCM_SHA256]) : null,
                EnabledSslProtocols = version == TlsVersion.Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12,
                // Who vouches for the certificate is not asked here, only whether its key has signed.
                RemoteCertificateValidationCallback = (_, presented, _, _) => presented is not null && presented.GetRawCertData().AsSpan().SequenceEqual(certificate.Chain[0].Span),
            },
            cancellationToken);

    private static string Reason(Exception exception)
    {
        var innermost = exception;
        while (innermost.InnerException is { } inner)
            innermost = inner;
        return (innermost == exception ? exception.Message : $"{exception.Message}: {innermost.Message}").ReplaceLineEndings(" ");
    }

    private sealed class OneSite(TlsSite site) : ISiteSelector
    {
        public ValueTask<TlsSite?> SelectAsync(ClientHello hello, TlsEndPoints endPoints, CancellationToken cancellationToken) => ValueTask.FromResult<TlsSite?>(site);
    }

    private sealed class KeyTime : HandshakeObserver
    {
        public TimeSpan Total { get; private set; }

        public override void KeyOperation(string operation, TimeSpan elapsed) => Total += elapsed;
    }
}
