using System.Net;
using Latchkey.Crypto;
using Latchkey.KeyServer;
using Latchkey.KeyServer.Freshness;
using Latchkey.KeyServer.PreSharedKeys;
using Latchkey.KeyStores;

namespace Latchkey.Configuration;

/// <summary>Reads keyserver.json.</summary>
internal static class KeyServerConfigReader
{
    /// <summary>What may stand at the top.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["listen", "dial", "bindInterface", "allowAddresses", "denyAddresses", "admin", "certificate", "key", "clientCa", "revocation", "keys", "keyServers", "preSharedKeys", "addresses", "verifySignatures", "sealingSecretFile", "ticketKeys", "edges", "requireSignedRequests", "freshness", "audit", "limits", "drainSeconds"];

    /// <exception cref="ConfigurationException">The one line to print.</exception>
    public static KeyServerConfig Load(string file, params IReadOnlyCollection<string> overrides)
    {
        var document = ConfigurationDocument.Load(file, Names, overrides);
        var root = document.Root.Only(Names);
        var certificate = PemFiles.CertificateWithKey(root["certificate"], root["key"]);
        var authorities = root["clientCa"].Authorities();
        var warnings = new List<string>();
        CertificateDates.Warn(warnings, root["certificate"], certificate);
        var keyServers = EdgeConfigReader.ReadKeyServers(root["keyServers"], warnings);
        return new KeyServerConfig
        {
            File = document.File,
            Files = [document.File, .. new[] { "certificate", "key", "clientCa" }.Select(name => root[name].FullPath("a PEM file"))],
            Listen = KeyServerLinkReader.ReadListen(root),
            Dial = KeyServerLinkReader.ReadDial(root["dial"]),
            BindInterface = root["bindInterface"].InterfaceName(),
            PeerAddresses = AddressRulesReader.Read(root["allowAddresses"], root["denyAddresses"]),
            RevocationFiles = KeyServerLinkReader.ReadRevocation(root["revocation"], authorities),
            Admin = root["admin"].Exists ? root["admin"].ListenEndPoint() : null,
            Certificate = certificate,
            CertificateChain = [.. root["certificate"].CertificateChain().Skip(1)],
            ClientAuthorities = authorities,
            Keys = ReadKeys(root["keys"], keyServers),
            KeyServers = keyServers,
            PreSharedKeys = [.. root["preSharedKeys"].Items("an array of { \"path\": file with lines identity:hexkey }").Select(ReadPreSharedKeySource)],
            Addresses = ReadAddresses(root["addresses"]),
            VerifySignatures = root["verifySignatures"].Choice("rsa", "rsa", "all") == "all" ? SignatureVerification.All : SignatureVerification.Rsa,
            SealingSecret = root["sealingSecretFile"].Exists
                ? SecretFile.Read(root["sealingSecretFile"], "a file of at least 32 random bytes, the same at all key servers of a pool")
                : null,
            TicketKeys = TicketKeysConfigReader.Read(root["ticketKeys"], root["sealingSecretFile"].Exists, keyServers),
            RequestKeys = RequestKeyFiles.ReadEdges(root["edges"]),
            RequireSignedRequests = root["requireSignedRequests"].Boolean(false),
            Freshness = ReadFreshness(root["freshness"]),
            Audit = AuditConfigReader.Read(root["audit"]),
            Limits = ReadLimits(root["limits"]),
            Drain = root["drainSeconds"].Seconds(10, 0, 3600),
            Warnings = warnings,
        };
    }

    private static List<KeySource> ReadKeys(ConfigurationValue keys, Dictionary<string, KeyServerLinkConfig> keyServers)
    {
        const string expected = "an array of { \"path\": file or folder, \"rawOperations\": false } or { \"uri\": \"pkcs11:…\", \"certificates\": file or folder } or { \"certificates\": file or folder } for ticket keys alone";
        var sources = keys.Items(expected).Select(source => ReadKeySource(source, keyServers)).ToList();
        return sources.Count > 0 ? sources : throw keys.Error($"missing (expected {expected})");
    }

    private static KeySource ReadKeySource(ConfigurationValue source, Dictionary<string, KeyServerLinkConfig> keyServers)
    {
        source.Only("path", "uri", "certificates", "passphraseFile", "rules", "rawOperations", "ticketKeys", "tenant", "renewal", "handOverMasterSecret", "fetchKey", "keepKeySeconds", "partsFrom", "allowedEdges");
        if (source["uri"].Exists && source["path"].Exists)
            throw source["uri"].Error("stands beside path (expected one of the two)");
        var atUri = source["uri"].Exists;
        if (source["path"].Exists && source["certificates"].Exists)
            throw source["certificates"].Error("stands beside path (expected only beside uri: certificates in the key's own folder are found)");
        var withoutKeys = !atUri && !source["path"].Exists && source["certificates"].Exists;
        foreach (var needsKey in withoutKeys ? ["rawOperations", "handOverMasterSecret", "fetchKey", "keepKeySeconds", "partsFrom", "passphraseFile"] : Array.Empty<string>())
        {
            if (source[needsKey].Exists)
                throw source[needsKey].Error("stands beside certificates alone (expected a path or a uri: it needs a private key)");
        }
        if (atUri && source["passphraseFile"].Exists)
            throw source["passphraseFile"].Error("stands beside uri (expected in it: file:/site.key?passphrase-source=/site.pass)");
        return new KeySource
        {
            Path = atUri || withoutKeys ? null : ReadPath(source["path"], "a key file, or a folder with *.key and *.pem"),
            Uri = atUri ? ReadUri(source["uri"]) : null,
            Certificates = source["certificates"].Exists ? ReadPath(source["certificates"], "a file of certificates, or a folder with *.pem and *.crt") : null,
            Entry = source.Place,
            Rules = KeyRulesConfigReader.Read(source),
            RawOperations = source["rawOperations"].Boolean(false),
            TicketKeys = source["ticketKeys"].Boolean(false),
            Tenant = source["tenant"].Exists ? source["tenant"].Text("a name that entries of keys share whose sites are to have the same ticket keys") : null,
            Renewal = source["renewal"].Exists ? source["renewal"].Text("any text: another one makes all tickets of these keys void") : "",
            HandOverMasterSecret = source["handOverMasterSecret"].Boolean(false),
            FetchKey = source["fetchKey"].Boolean(false),
            KeepKey = ReadKeepKey(source),
            PassphraseFile = ReadPassphraseFile(source["passphraseFile"]),
            PartsFrom = [.. source["partsFrom"].Items("an array of names of keyServers").Select(item => ReadKeyServer(item, keyServers))],
            AllowedEdges = ReadAllowedEdges(source["allowedEdges"]),
        };
    }

    internal static string ReadKeyServer(ConfigurationValue item, Dictionary<string, KeyServerLinkConfig> keyServers) =>
        item.Text("a name of keyServers") is var name && keyServers.TryGetValue(name, out var link)
            ? link.Name
            : throw item.Error($"unknown \"{name}\" (expected a name of keyServers: {(keyServers.Count == 0 ? "there are none" : string.Join(", ", keyServers.Keys))})");

    private static string ReadPath(ConfigurationValue value, string expected)
    {
        var path = value.FullPath(expected);
        return File.Exists(path) || Directory.Exists(path) ? path : throw value.Error($"file not found: {path} (expected {expected})");
    }

    // Whether a store opens it shows at start; that it is a URI at all shows here.
    private static string ReadUri(ConfigurationValue value)
    {
        const string expected = "where a key is, as in pkcs11:token=site;object=tls";
        var uri = value.Text(expected);
        return KeyUri.TryParse(uri, out _) ? uri : throw value.Error($"not a URI: {uri} (expected {expected})");
    }

    private static TimeSpan ReadKeepKey(ConfigurationValue source)
    {
        if (source["keepKeySeconds"].Exists && !source["fetchKey"].Boolean(false) && !source["rules"].Exists)
            throw source["keepKeySeconds"].Error("stands without fetchKey (expected \"fetchKey\": true beside it, or a rule with fetch-key)");
        return TimeSpan.FromSeconds(source["keepKeySeconds"].Number(300, 0, 86400));
    }

    private static PreSharedKeySource ReadPreSharedKeySource(ConfigurationValue source)
    {
        source.Only("path", "allowedEdges", "names");
        const string expected = "a file with lines identity:hexkey";
        var path = source["path"].FullPath(expected);
        return File.Exists(path)
            ? new PreSharedKeySource { Path = path, AllowedEdges = ReadAllowedEdges(source["allowedEdges"]), Names = KeyRulesConfigReader.ReadNames(source["names"]) }
            : throw source["path"].Error($"file not found: {path} (expected {expected})");
    }

    private static Dictionary<IPAddress, string> ReadAddresses(ConfigurationValue value)
    {
        var names = new Dictionary<IPAddress, string>();
        foreach (var item in value.Items("an array of { \"address\": \"192.0.2.7\", \"name\": \"example.test\" }"))
        {
            item.Only("address", "name");
            var address = item["address"].Address();
            if (!names.TryAdd(address, item["name"].Text("a host name in a certificate of one of the keys")))
                throw item["address"].Error($"{address} stands there twice");
        }
        return names;
    }

    // Absent: every edge that is let in. An empty list would mean the same to a hasty reader and nobody to a careful one.
    private static List<string>? ReadAllowedEdges(ConfigurationValue value)
    {
        const string expected = "an array of names in the edges' certificates, as in [\"edge.example.com\"]";
        if (!value.Exists)
            return null;
        var edges = value.Items(expected).Select(item => item.Text("a name in an edge's certificate")).ToList();
        return edges.Count > 0 ? edges : throw value.Error($"empty (expected {expected})");
    }

    private static FreshnessOptions ReadFreshness(ConfigurationValue value)
    {
        value.Only("windowSeconds", "remember");
        var defaults = new FreshnessOptions();
        var window = value["windowSeconds"].Seconds(defaults.Window.TotalSeconds, 0, 3600);
        // A handshake takes as long as its client likes, up to the edge's limit: ten seconds by default.
        if (window > TimeSpan.Zero && window < TimeSpan.FromSeconds(10))
            throw value["windowSeconds"].Error("expected 0 (off) or 10 to 3600: a handshake must fit into it");
        return new FreshnessOptions { Window = window, Remembered = value["remember"].Number(defaults.Remembered, 1000, 1 << 26) };
    }

    private static KeyServerLimits ReadLimits(ConfigurationValue value)
    {
        value.Only("workers", "maxConnections", "maxUnfinishedHandshakes", "maxOutstandingPerConnection", "maxQueuedRequests", "maxQueueSeconds", "maxRelayedHandshakes", "relayedHandshakeTimeoutSeconds", "handshakeTimeoutSeconds", "idleTimeoutSeconds");
        var defaults = new KeyServerLimits();
        return new KeyServerLimits
        {
            Workers = value["workers"].Number(defaults.Workers, 1, 1024),
            Connections = value["maxConnections"].Number(defaults.Connections, 1, 1 << 20),
            UnfinishedHandshakes = value["maxUnfinishedHandshakes"].Number(defaults.UnfinishedHandshakes, 1, 1 << 20),
            OutstandingPerConnection = value["maxOutstandingPerConnection"].Number(defaults.OutstandingPerConnection, 1, 1 << 20),
            QueuedRequests = value["maxQueuedRequests"].Number(defaults.QueuedRequests, 1, 1 << 24),
            QueueAge = value["maxQueueSeconds"].Seconds(defaults.QueueAge.TotalSeconds, 0.01, 60),
            RelayedHandshakes = value["maxRelayedHandshakes"].Number(defaults.RelayedHandshakes, 0, 1 << 20),
            RelayedHandshakeTimeout = value["relayedHandshakeTimeoutSeconds"].Seconds(defaults.RelayedHandshakeTimeout.TotalSeconds, 0.1, 300),
            HandshakeTimeout = value["handshakeTimeoutSeconds"].Seconds(defaults.HandshakeTimeout.TotalSeconds, 0.1, 300),
            IdleTimeout = value["idleTimeoutSeconds"].Seconds(defaults.IdleTimeout.TotalSeconds, 0, 86400),
        };
    }

    private static string? ReadPassphraseFile(ConfigurationValue value)
    {
        const string expected = "a file whose first line is the passphrase";
        if (!value.Exists)
            return null;
        var file = value.FullPath(expected);
        return File.Exists(file) ? file : throw value.Error($"file not found: {file} (expected {expected})");
    }
}
