using System.Net;
using Latchkey.Tls;
using Latchkey.Tls.Clients;

namespace Latchkey.Configuration;

/// <summary>Reads edge.json.</summary>
internal static class EdgeConfigReader
{
    /// <summary>What may stand at the top.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["listen", "admin", "keyServers", "sites", "defaultSite", "sessionCache", "drainSeconds", "limits"];

    /// <exception cref="ConfigurationException">The one line to print.</exception>
    public static EdgeConfig Load(string file, params IReadOnlyCollection<string> overrides)
    {
        var document = ConfigurationDocument.Load(file, Names, overrides);
        var root = document.Root.Only(Names);
        var warnings = new List<string>();
        var listen = ReadListen(root["listen"]);
        var keyServers = ReadKeyServers(root["keyServers"], warnings);
        var sessionCache = SessionCacheConfigReader.Read(root["sessionCache"]);
        var sites = ReadSites(root["sites"], keyServers, sessionCache, warnings);
        return new EdgeConfig
        {
            File = document.File,
            Listen = listen,
            Admin = ReadAdmin(root["admin"], listen),
            KeyServers = keyServers,
            Sites = sites,
            DefaultSite = ReadDefaultSite(root["defaultSite"], sites),
            SessionCache = sessionCache,
            Drain = root["drainSeconds"].Seconds(30, 0, 3600),
            Limits = ReadLimits(root["limits"]),
            Warnings = warnings,
        };
    }

    private static List<IPEndPoint> ReadListen(ConfigurationValue value)
    {
        const string expected = "an array of addresses, as in [\"127.0.0.1:8443\"]";
        var endPoints = new List<IPEndPoint>();
        foreach (var item in value.Items(expected))
        {
            var endPoint = item.ListenEndPoint();
            if (endPoint.Port != 0 && endPoints.Contains(endPoint))
                throw item.Error($"{endPoint} stands there twice");
            endPoints.Add(endPoint);
        }
        return endPoints.Count > 0 ? endPoints : throw value.Error($"missing (expected {expected})");
    }

    private static IPEndPoint? ReadAdmin(ConfigurationValue value, List<IPEndPoint> listen)
    {
        if (!value.Exists)
            return null;
        var admin = value.ListenEndPoint();
        return admin.Port != 0 && listen.Contains(admin) ? throw value.Error($"{admin} is in listen too (expected a port of its own)") : admin;
    }

    /// <summary>The same for a key server whose keys are at other key servers (S3).</summary>
    internal static Dictionary<string, KeyServerLinkConfig> ReadKeyServers(ConfigurationValue value, List<string> warnings)
    {
        var links = new Dictionary<string, KeyServerLinkConfig>(StringComparer.OrdinalIgnoreCase);
        foreach (var member in value.Members("an object of key servers by name"))
            links.Add(member.Name, ReadKeyServer(member, warnings));
        foreach (var twice in links.Values.Where(link => link.Accept is { Listen.Port: not 0 }).GroupBy(link => link.Accept!.Listen).Where(group => group.Count() > 1))
            throw value[twice.Last().Name]["accept"]["listen"].Error($"{twice.Key} is in keyServers.{twice.First().Name} too (expected a port of its own)");
        return links;
    }

    private static KeyServerLinkConfig ReadKeyServer(ConfigurationValue value, List<string> warnings)
    {
        value.Only("endpoints", "accept", "connection", "idleSeconds", "bindInterface", "certificate", "key", "requestKey", "ca", "revocation", "requestTimeoutSeconds", "balancing");
        const string expected = "an array of host:port, as in [\"127.0.0.1:2407\"]";
        var endPoints = value["endpoints"].Items(expected).Select(EndPointText.ConnectEndPoint).ToList();
        if (endPoints.Count == 0 && !value["accept"].Exists)
            throw value["endpoints"].Error($"missing (expected {expected})");
        var authorities = value["ca"].Authorities();
        var revocation = KeyServerLinkReader.ReadRevocation(value["revocation"], authorities);
        var certificate = PemFiles.CertificateWithKey(value["certificate"], value["key"]);
        CertificateDates.Warn(warnings, value["certificate"], certificate);
        return new KeyServerLinkConfig
        {
            Name = value.Name,
            EndPoints = endPoints,
            Accept = KeyServerLinkReader.ReadAccept(value["accept"]),
            OnDemandIdle = KeyServerLinkReader.ReadOnDemand(value),
            BindInterface = value["bindInterface"].InterfaceName(),
            Revocation = revocation.Count == 0 ? null : new RevocationLists(revocation.Select(File.ReadAllBytes), authorities),
            RevocationFiles = revocation,
            Certificate = certificate,
            RequestKey = RequestKeyFiles.ReadPrivate(value["requestKey"]),
            Authorities = authorities,
            RequestTimeout = value["requestTimeoutSeconds"].Seconds(5, 0.05, 60),
            Balancing = BalancingConfigReader.Read(value["balancing"]),
        };
    }

    private static List<SiteConfig> ReadSites(ConfigurationValue value, Dictionary<string, KeyServerLinkConfig> keyServers, SessionCacheConfig? sessionCache, List<string> warnings)
    {
        const string expected = "an array of { \"names\": […], \"certificate\": …, \"keyServer\": …, \"upstream\": … }";
        var sites = new List<SiteConfig>();
        var taken = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        var addresses = new Dictionary<IPAddress, int>();
        foreach (var (index, item) in value.Items(expected).Index())
        {
            sites.Add(SiteConfigReader.Read(item, keyServers, sessionCache, warnings));
            foreach (var (place, name) in sites[index].Names.Index())
            {
                if (!taken.TryAdd(name, index))
                    throw item["names"].Items("")[place].Error($"{name} is served by sites[{taken[name]}] already (expected each name once)");
            }
            foreach (var (place, address) in sites[index].Addresses.Index())
            {
                if (!addresses.TryAdd(address, index))
                    throw item["addresses"].Items("")[place].Error($"{address} belongs to sites[{addresses[address]}] already (expected each address once)");
            }
        }
        return sites.Count > 0 ? sites : throw value.Error($"missing (expected {expected})");
    }

    private static SiteConfig? ReadDefaultSite(ConfigurationValue value, List<SiteConfig> sites)
    {
        if (value.OptionalText("a name of one of the sites") is not { } name)
            return null;
        return sites.FirstOrDefault(site => site.Names.Contains(name, StringComparer.OrdinalIgnoreCase))
            ?? throw value.Error($"no site has the name \"{name}\" (expected one of {string.Join(", ", sites.SelectMany(site => site.Names))})");
    }

    private static TlsLimits ReadLimits(ConfigurationValue value)
    {
        value.Only("maxClientHelloBytes", "maxHandshakeMessageBytes", "handshakeTimeoutSeconds", "maxConcurrentHandshakes");
        var defaults = new TlsLimits();
        return new TlsLimits
        {
            MaxClientHelloSize = value["maxClientHelloBytes"].Number(defaults.MaxClientHelloSize, 512, 1 << 20),
            MaxHandshakeMessageSize = value["maxHandshakeMessageBytes"].Number(defaults.MaxHandshakeMessageSize, 512, 1 << 24),
            HandshakeTimeout = value["handshakeTimeoutSeconds"].Seconds(defaults.HandshakeTimeout.TotalSeconds, 0.1, 300),
            MaxConcurrentHandshakes = value["maxConcurrentHandshakes"].Number(defaults.MaxConcurrentHandshakes, 1, 1 << 20),
        };
    }
}
