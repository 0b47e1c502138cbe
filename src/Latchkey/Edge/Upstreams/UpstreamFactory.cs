using Latchkey.Configuration;
using Latchkey.Edge.Caching;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Latchkey.Edge.Upstreams;

/// <summary>Makes upstreams; those that a reload finds unchanged are kept with their connections.</summary>
internal sealed class UpstreamFactory(IHttpForwarder forwarder, IWebHostEnvironment environment, EdgeMetrics metrics, ILoggerFactory loggers)
{
    private Dictionary<(string Site, UpstreamConfig Config, CacheConfig? Cache), Upstream> _made = [];
    private Dictionary<(string Site, string Upstream, CacheConfig Config), SiteCache> _caches = [];

    public Upstream Create(SiteConfig site)
    {
        // Authorities are compared by reference inside the record: a reload that reads them again makes a new upstream.
        var key = (site.Name, site.Upstream, site.Cache);
        if (!_made.TryGetValue(key, out var upstream))
            _made[key] = upstream = Make(site);
        return upstream;
    }

    /// <summary>Forgets what no site uses any more. Its idle connections time out, those in use end as they would have.</summary>
    public void KeepOnly(IEnumerable<SiteConfig> sites)
    {
        var used = sites.Select(site => (site.Name, site.Upstream, site.Cache)).ToHashSet();
        _made = _made.Where(entry => used.Contains(entry.Key)).ToDictionary();
        var kept = _made.Values.OfType<CachedUpstream>().Select(upstream => upstream.Cache).ToHashSet();
        _caches = _caches.Where(entry => kept.Contains(entry.Value)).ToDictionary();
    }

    private Upstream Make(SiteConfig site)
    {
        if (site.Cache is not { } config)
            return MakeOrigin(site);
        // What is kept outlives an upstream that is made anew for the same address.
        var key = (site.Name, site.Upstream.ToString()!, config);
        if (!_caches.TryGetValue(key, out var cache))
            _caches[key] = cache = new SiteCache(config, TimeProvider.System);
        return new CachedUpstream(site.Name, MakeOrigin(site), cache, metrics, TimeProvider.System);
    }

    private Upstream MakeOrigin(SiteConfig site) => site.Upstream switch
    {
        UpstreamConfig.Http http => new HttpUpstream(site.Name, http, HttpUpstream.CreateClient(http), forwarder, metrics, loggers.CreateLogger<HttpUpstream>()),
        UpstreamConfig.Tcp tcp => new TcpUpstream(site.Name, tcp, metrics, loggers.CreateLogger<TcpUpstream>()),
        UpstreamConfig.Files files => new FileUpstream(files, environment, loggers),
        var other => throw new InvalidOperationException($"{other} is no upstream."),
    };
}
