using System.Net;
using Latchkey.Admin;
using Latchkey.Client;
using Latchkey.Configuration;
using Latchkey.Crypto;
using Latchkey.Edge.Caching;
using Latchkey.Edge.Upstreams;
using Latchkey.KeyStores;
using Latchkey.Roles;
using Latchkey.Tls;
using Latchkey.Tls.AspNetCore;
using Latchkey.Tracing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Latchkey.Edge;

/// <summary>
/// The edge: Kestrel with TLS by the engine, sites by SNI, upstreams behind them. Started once, stopped once; reloads may come at
/// any time between.
/// </summary>
internal sealed partial class EdgeHost : IAsyncDisposable
{
    private readonly EdgeConfig _config;
    private readonly KeyServerLinks _links;
    private readonly MachineKeyStores _stores = new();
    private readonly EdgeMetrics _metrics;
    private readonly TlsMetrics _tlsMetrics = new();
    private readonly WebApplication _application;
    private readonly UpstreamFactory _upstreams;
    private readonly SiteSessions _sessions;
    private readonly SiteDelegations _delegations;
    private readonly SiteFactory _factory;
    private readonly CurrentSites _sites;
    private readonly SemaphoreSlim _reloading = new(1);
    private readonly CancellationTokenSource _disposed = new();
    private readonly ILogger<EdgeHost> _logger;

    /// <exception cref="ConfigurationException">A certificate's or a local key's kind cannot be used here.</exception>
    public EdgeHost(EdgeConfig config, HandshakeTraces traces, ILoggerFactory loggers)
    {
        _config = config;
        _logger = loggers.CreateLogger<EdgeHost>();
        _links = new KeyServerLinks(loggers);
        _sessions = new SiteSessions(loggers);
        _delegations = new SiteDelegations(loggers);
        _metrics = new EdgeMetrics(_links, _sessions, _delegations);
        _application = BuildApplication(loggers);
        var services = _application.Services;
        _upstreams = new UpstreamFactory(services.GetRequiredService<IHttpForwarder>(), services.GetRequiredService<IWebHostEnvironment>(), _metrics, loggers);
        _factory = new SiteFactory(_links, _upstreams, _sessions, _delegations, new LocalKeys(_stores.All), new KeyStoreSet(_stores.All), traces, loggers);
        _sites = new CurrentSites(_factory.Create(config, []));
        _application.Run(new SiteRequests(_sites, _metrics, loggers.CreateLogger<SiteRequests>()).AnswerAsync);
    }

    /// <summary>Where it listens; known after <see cref="StartAsync"/>.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    /// <summary>Why nothing can be served at the moment, or null. One owner's unreachable key server does not take the edge out of
    /// its load balancer: it is in <see cref="Status"/>, and this edge serves the others.</summary>
    public string? NotReady
    {
        get
        {
            var map = _sites.Map;
            var connected = _links.All.Where(client => client.IsReady).Select(client => client.Options.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
            return map.Sites.Any(site => CanServe(site.Config, connected))
                ? null
                : $"no key server is connected: {string.Join(", ", map.Config.KeyServers.Keys)}";
        }
    }

    /// <summary>What is amiss though handshakes succeed: sites that issue no tickets because they have no fresh key, or ask where they would have a delegated credential.</summary>
    public IReadOnlyList<string> Warnings =>
    [
        .. _sessions.TicketKeys.Where(keys => !keys.IsFresh).Select(keys => $"no fresh ticket key of {keys.Site}: no tickets are issued, handshakes are full ones"),
        .. _delegations.All.Where(one => !one.Credentials.Status.IsServed).Select(one => $"no delegated credential of {one.Site}: full handshakes ask the key server"),
    ];

    private static bool CanServe(SiteConfig site, HashSet<string> connected) => site.Threshold is { } shared
        ? shared.KeyServers.Count(connected.Contains) >= shared.Key.Threshold
        : site.KeyServer is not { } keyServer || connected.Contains(keyServer);

    /// <summary>A snapshot for <c>/status</c>.</summary>
    public EdgeStatus Status => EdgeStatus.Take(_sites.Map, _links, _sessions, _tlsMetrics);

    /// <exception cref="IOException">An address is taken or not ours.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _application.StartAsync(cancellationToken);
        var addresses = _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        EndPoints = [.. addresses.Select(address => IPEndPoint.Parse(new Uri(address).Authority))];
        var crypto = CryptoProvider.Default;
        foreach (var group in Enum.GetValues<NamedGroup>())
        {
            if (crypto.UnsupportedReason(group) is { } reason)
                LogGroupNotOffered(group, reason);
        }
    }

    /// <summary>Takes another configuration into force: new handshakes and requests follow it, connections stay. Where it cannot be
    /// used, nothing changes. Addresses to listen on cannot change.</summary>
    /// <exception cref="ConfigurationException">It cannot be used.</exception>
    public async Task ReloadAsync(EdgeConfig config, CancellationToken cancellationToken)
    {
        await _reloading.WaitAsync(cancellationToken);
        try
        {
            var replaced = new List<IAsyncDisposable>();
            _sites.Map = _factory.Create(config, replaced);
            _upstreams.KeepOnly(config.Sites);
            if (!config.Listen.SequenceEqual(_config.Listen))
                LogListenUnchanged();
            _ = DisposeLaterAsync(replaced, config.Limits.HandshakeTimeout);
            _metrics.Reloaded(succeeded: true);
        }
        catch
        {
            _metrics.Reloaded(succeeded: false);
            throw;
        }
        finally
        {
            _reloading.Release();
        }
    }

    /// <summary>Forgets what a site's cache keeps.</summary>
    /// <param name="site">One of its names.</param>
    /// <param name="target">Path and query; null: all.</param>
    /// <returns>URLs forgotten; null: no such site, or it has no cache.</returns>
    public int? Purge(string site, string? target) => _sites.Map.Names.Find(site.ToLowerInvariant()) is { } tls && _sites.Map.Sites.FirstOrDefault(one => one.Tls == tls)?.Upstream is CachedUpstream cached
        ? cached.Cache.Remove(null, target)
        : null;

    /// <summary>Accepts no more; idle connections end, HTTP/2 is sent GOAWAY, HTTP/1.1 <c>Connection: close</c>. When the token is
    /// cancelled, what is left is cut.</summary>
    public Task StopAsync(CancellationToken patience) => _application.StopAsync(patience);

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        await _application.DisposeAsync();
        await _sessions.DisposeAsync();
        await _delegations.DisposeAsync();
        await _links.DisposeAsync();
        _stores.Dispose();
        _metrics.Dispose();
        _tlsMetrics.Dispose();
        _reloading.Dispose();
    }

    private WebApplication BuildApplication(ILoggerFactory loggers)
    {
        // The empty builder: no configuration files, no environment, no signal handling of its own.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, WithoutLifetime>();
        builder.Services.AddSingleton(_tlsMetrics);
        builder.Services.AddHttpForwarder();
        // The role runner's drain is the only one.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(ConfigureKestrel);
        return builder.Build();
    }

    private void ConfigureKestrel(KestrelServerOptions kestrel)
    {
        // Responses carry the origin's Server header or none.
        kestrel.AddServerHeader = false;
        // How large a body may be is the origin's decision; bodies are streamed, never held here.
        kestrel.Limits.MaxRequestBodySize = null;
        var tls = new TlsServerOptions { Sites = new LateSites(this), Limits = _config.Limits };
        foreach (var endPoint in _config.Listen)
        {
            kestrel.Listen(endPoint, listen =>
            {
                listen.UseKeylessHttps(tls);
                listen.Use(http => new SiteConnections(_sites, http).OnConnectionAsync);
            });
        }
    }

    // Handshakes under way may still ask the old key servers.
    private async Task DisposeLaterAsync(List<IAsyncDisposable> replaced, TimeSpan handshakeTimeout)
    {
        if (replaced.Count == 0)
            return;
        await Task.Delay(handshakeTimeout, _disposed.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        foreach (var one in replaced)
            await one.DisposeAsync();
    }

    [LoggerMessage(5110, LogLevel.Warning, "listen has changed: that takes effect at the next start")]
    private partial void LogListenUnchanged();

    [LoggerMessage(5113, LogLevel.Information, "key exchange {Group} is not offered: {Reason}")]
    private partial void LogGroupNotOffered(NamedGroup group, string reason);

    /// <summary>Kestrel is configured before the sites exist, which want services of its host.</summary>
    private sealed class LateSites(EdgeHost host) : ISiteSelector
    {
        public ValueTask<TlsSite?> SelectAsync(Tls.Messages.ClientHello hello, TlsEndPoints endPoints, CancellationToken cancellationToken) =>
            host._sites.SelectAsync(hello, endPoints, cancellationToken);
    }
}
