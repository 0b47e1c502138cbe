using System.Collections.Frozen;
using Latchkey.Configuration;
using Latchkey.Tls;

namespace Latchkey.Edge;

/// <summary>All sites of one configuration. Immutable: a reload makes another one.</summary>
internal sealed class SiteMap
{
    private readonly FrozenDictionary<string, EdgeSite> _byName;

    public SiteMap(EdgeConfig config, IReadOnlyList<EdgeSite> sites)
    {
        Config = config;
        Sites = sites;
        _byName = sites.ToFrozenDictionary(site => site.Name, StringComparer.Ordinal);
        var defaultSite = config.DefaultSite is { } configured ? _byName[configured.Name].Tls : null;
        Names = new SiteTable(sites.SelectMany(site => site.Config.Names.Select(name => KeyValuePair.Create(name, site.Tls))), defaultSite, sites.SelectMany(site => site.Config.Addresses.Select(address => KeyValuePair.Create(address, site.Tls))));
    }

    public EdgeConfig Config { get; }

    public IReadOnlyList<EdgeSite> Sites { get; }

    /// <summary>Sites by the names that clients ask for.</summary>
    public SiteTable Names { get; }

    /// <summary>The site that a connection's handshake was for, as it is now; null where the configuration has it no more.</summary>
    public EdgeSite? Of(TlsHandshakeInfo handshake) => _byName.GetValueOrDefault(handshake.Site.Name);

    /// <summary>Whether a request for <paramref name="host"/> may come over a connection whose handshake was for
    /// <paramref name="site"/>: both names lead to the same site.</summary>
    public bool Serves(EdgeSite site, string host)
    {
        var name = host.ToLowerInvariant();
        return Names.Find(name.EndsWith('.') ? name[..^1] : name)?.Name == site.Name;
    }
}
