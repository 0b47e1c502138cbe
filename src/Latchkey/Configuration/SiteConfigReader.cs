using System.Security.Cryptography.X509Certificates;
using Latchkey.Crypto;
using Latchkey.KeyStores;
using Latchkey.Tls;

namespace Latchkey.Configuration;

/// <summary>Reads one entry of <c>sites</c>.</summary>
internal static class SiteConfigReader
{
    private static readonly string[] Names =
    [
        "names",
        "addresses",
        "certificate",
        "certificates",
        "key",
        "keyParts",
        "keyServer",
        "thresholdKey",
        "keyServers",
        "custody",
        "handOverPrivateValue",
        "finished",
        "delegatedCredentials",
        "keepKeySeconds",
        "profile",
        "cipherSuites",
        "dhGroup",
        "minVersion",
        "maxVersion",
        "clientCertificates",
        "preSharedKeys",
        "identityHint",
        "resumption",
        "upstream",
        "upstreamCa",
        "upstreamKeyServer",
        "maxAgeSeconds",
        "cache",
    ];

    public static SiteConfig Read(ConfigurationValue value, Dictionary<string, KeyServerLinkConfig> keyServers, SessionCacheConfig? sessionCache, List<string> warnings)
    {
        value.Only(Names);
        var names = ReadNames(value["names"]);
        var threshold = ThresholdConfigReader.Read(value, keyServers);
        var keyServer = threshold is null ? ReadKeyServer(value, keyServers) : null;
        var isLocal = keyServer is null && threshold is null;
        var certificates = ReadCertificates(value, isLocal);
        ThresholdConfigReader.RequireSuitable(value, threshold, certificates);
        WarnOfCertificates(warnings, value, names, certificates);
        var (min, max) = ReadVersions(value);
        var profile = ReadProfile(value["profile"], warnings);
        RequireLegacyForDsa(value, certificates, profile, min, max);
        var custody = threshold is null ? ReadCustody(value["custody"], isLocal) : CustodyNames.Threshold;
        var upstream = UpstreamConfigReader.Read(value, keyServers);
        var clients = ClientCertificatesConfigReader.Read(value["clientCertificates"], upstream);
        return new SiteConfig
        {
            Names = names,
            Addresses = [.. value["addresses"].Items(AddressesExpected).Select(address => address.Address())],
            Certificates = certificates,
            KeyServer = keyServer,
            Threshold = threshold,
            Custody = custody,
            HandsOverPrivateValue = ReadHandsOver(value["handOverPrivateValue"], custody),
            FinishedAtEdge = ReadFinished(value["finished"], custody),
            DelegatedCredentials = DelegatedCredentialsConfigReader.Read(value["delegatedCredentials"], custody, max),
            KeepKey = ReadKeepKey(value["keepKeySeconds"], custody),
            Profile = profile,
            CipherSuites = CipherSuitesConfigReader.Read(value["cipherSuites"], profile, min, max),
            DhGroup = ReadDhGroup(value["dhGroup"]),
            MinVersion = min,
            MaxVersion = max,
            ClientCertificates = clients,
            Resumption = ResumptionConfigReader.Read(value["resumption"], custody, upstream, sessionCache),
            PreSharedKeys = ReadPreSharedKeys(value, custody),
            IdentityHint = value["identityHint"].OptionalText("a text for clients") ?? "",
            Upstream = upstream,
            Cache = CacheConfigReader.Read(value["cache"], upstream, clients),
        };
    }

    private const string AddressesExpected = "an array of the edge's addresses, as in [\"192.0.2.7\"]";

    private static List<string> ReadNames(ConfigurationValue value)
    {
        const string expected = "an array of host names, as in [\"example.test\", \"*.example.test\"]";
        var names = new List<string>();
        foreach (var item in value.Items(expected))
        {
            var name = item.Text("a host name").ToLowerInvariant();
            if (!IsHostName(name))
                throw item.Error($"expected a host name, as in example.test or *.example.test, found \"{name}\"");
            names.Add(name);
        }
        return names.Count > 0 ? names : throw value.Error($"missing (expected {expected})");
    }

    // Internationalised names come in their ASCII form, as SNI carries them (RFC 6066 §3).
    internal static bool IsHostName(string name)
    {
        var labels = (name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name).Split('.');
        return name.Length <= 253 && labels.All(label => label is { Length: > 0 and < 64 } && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_'));
    }

    private static string? ReadKeyServer(ConfigurationValue site, Dictionary<string, KeyServerLinkConfig> keyServers)
    {
        var keyServer = site["keyServer"].OptionalText("a name of keyServers");
        if (keyServer is not null && site["key"].Exists)
            throw site["key"].Error("stands beside keyServer (expected exactly one of key and keyServer)");
        if (keyServer is null)
            return site["key"].Exists || LocalKeys(site) ? null : throw site.Error("has neither key nor keyServer (expected exactly one of them)");
        return keyServers.TryGetValue(keyServer, out var link)
            ? link.Name
            : throw site["keyServer"].Error($"unknown \"{keyServer}\" (expected a name of keyServers: {(keyServers.Count == 0 ? "there are none" : string.Join(", ", keyServers.Keys))})");
    }

    private static bool LocalKeys(ConfigurationValue site) =>
        !site["certificate"].Exists && site["certificates"].Items(CertificatesExpected) is [var first, ..] && first["key"].Exists;

    private const string CertificatesExpected = "an array of { \"certificate\": …, \"key\": … }";

    private static List<SiteCertificateConfig> ReadCertificates(ConfigurationValue site, bool local)
    {
        var certificates = new List<SiteCertificateConfig>();
        if (site["certificate"].Exists || !site["certificates"].Exists)
            certificates.Add(ReadCertificate(site, local));
        foreach (var item in site["certificates"].Items(CertificatesExpected))
            certificates.Add(ReadCertificate(item.Only("certificate", "key", "keyParts"), local));
        return certificates;
    }

    private static SiteCertificateConfig ReadCertificate(ConfigurationValue value, bool local)
    {
        var chain = value["certificate"].CertificateChain();
        var file = value["certificate"].FullPath("");
        if (!local && value["key"].Exists)
            throw value["key"].Error("stands beside keyServer (expected exactly one of key and keyServer)");
        var uri = local && value["key"].OptionalText("a PEM private key, or the URI of a key") is { } key && KeyUri.TryParse(key, out _) ? key : null;
        return new SiteCertificateConfig
        {
            File = file,
            Chain = chain,
            KeyFile = local && uri is null ? value["key"].MatchingKeyFile(chain[0], file) : null,
            KeyUri = uri,
            KeyParts = KeyPartsConfigReader.Read(value["keyParts"], chain[0], local),
        };
    }

    private static void WarnOfCertificates(List<string> warnings, ConfigurationValue site, List<string> names, List<SiteCertificateConfig> certificates)
    {
        foreach (var certificate in certificates)
        {
            CertificateDates.Warn(warnings, site["certificate"], certificate.Chain[0]);
            foreach (var name in names.Where(name => !Covers(certificate.Chain[0], name)))
                warnings.Add(site["names"].Error($"{certificate.File} is not valid for {name}: clients will refuse it").Message);
        }
    }

    private static bool Covers(X509Certificate2 certificate, string name) =>
        certificate.MatchesHostname(name.Replace("*", "any", StringComparison.Ordinal), allowWildcards: true, allowCommonName: false);

    private static string ReadCustody(ConfigurationValue value, bool local)
    {
        if (local && value.Exists)
            throw value.Error("stands beside key (expected custody only where keyServer has the key)");
        var custody = local ? CustodyNames.Local : value.Choice(CustodyNames.Remote[0], CustodyNames.Remote);
        if (custody == CustodyNames.FetchedKey)
            RequireLockedMemory(value);
        return custody;
    }

    // Here, because here an error can still name the place: a key that could be written to disk is not fetched.
    private static void RequireLockedMemory(ConfigurationValue custody)
    {
        try
        {
            LockedMemory.Require();
        }
        catch (PlatformNotSupportedException e)
        {
            throw custody.Error($"a fetched key must not reach the disk, yet {e.Message}");
        }
    }

    private static bool ReadHandsOver(ConfigurationValue value, string custody) => !value.Exists || custody == "exchange"
        ? value.Boolean(false)
        : throw value.Error($"means nothing with custody {custody} (expected only with custody exchange)");

    private static bool ReadFinished(ConfigurationValue value, string custody)
    {
        if (value.Exists && custody != CustodyNames.Handshake)
            throw value.Error($"does not go with custody {custody} (expected finished only with custody {CustodyNames.Handshake})");
        return value.Choice("key-server", "key-server", "edge") == "edge";
    }

    private static TimeSpan ReadKeepKey(ConfigurationValue value, string custody) => !value.Exists || custody == CustodyNames.FetchedKey
        ? TimeSpan.FromSeconds(value.Number(60, 0, 86400))
        : throw value.Error($"means nothing with custody {custody} (expected only with custody {CustodyNames.FetchedKey})");

    private static bool ReadPreSharedKeys(ConfigurationValue site, string custody)
    {
        var served = site["preSharedKeys"].Boolean(false);
        if (served && custody == CustodyNames.Threshold)
            throw site["preSharedKeys"].Error("does not go with custody threshold (expected it only with keyServer)");
        if (served && custody == CustodyNames.Local)
            throw site["preSharedKeys"].Error("stands beside key (expected it only where keyServer has the keys)");
        if (served && custody == CustodyNames.Handshake)
            throw site["preSharedKeys"].Error("pre-shared keys do not go with custody handshake yet (expected another custody, as session-keys)");
        if (served && site["clientCertificates"].Exists && site["clientCertificates"]["mode"].Choice("require", "require", "request") == "require")
            throw site["preSharedKeys"].Error("stands beside required client certificates, which clients with such a key do not show (expected \"mode\": \"request\" there)");
        if (!served && site["identityHint"].Exists)
            throw site["identityHint"].Error("stands without preSharedKeys (expected \"preSharedKeys\": true beside it)");
        return served;
    }

    private static TlsProfile ReadProfile(ConfigurationValue value, List<string> warnings)
    {
        switch (value.Choice("default", "default", "compatible", "legacy"))
        {
            case "compatible":
                warnings.Add(value.Error("compatible offers RSA key exchange, which has no forward secrecy (RFC 9325 advises against it), and DHE, whose exchanges take milliseconds").Message);
                return TlsProfile.Compatible;
            case "legacy":
                warnings.Add(value.Error("legacy offers RSA key exchange, AES-CBC and DSS, which RFC 9325 advises against, and DHE, whose exchanges take milliseconds").Message);
                return TlsProfile.Legacy;
            default:
                return TlsProfile.Default;
        }
    }

    private static void RequireLegacyForDsa(ConfigurationValue site, List<SiteCertificateConfig> certificates, TlsProfile profile, TlsVersion min, TlsVersion max)
    {
        const string dsa = "1.2.840.10040.4.1";
        var ofDsa = certificates.FindAll(certificate => certificate.Chain[0].PublicKey.Oid.Value == dsa);
        if (ofDsa.Count == 0)
            return;
        if (profile != TlsProfile.Legacy || min > TlsVersion.Tls12)
            throw site["profile"].Error($"{ofDsa[0].File} has a DSA key, which only DHE_DSS of TLS 1.2 can use (expected profile legacy and minVersion 1.2)");
        // The version is settled before the certificate: a client of TLS 1.3 would be left without one.
        if (ofDsa.Count == certificates.Count && max > TlsVersion.Tls12)
            throw site["maxVersion"].Error("TLS 1.3 has no DSA, and the site has no other key (expected maxVersion 1.2)");
    }

    private static NamedGroup ReadDhGroup(ConfigurationValue value)
    {
        var group = value.Choice("ffdhe3072", [.. DhGroups.Select(group => group.ToString().ToLowerInvariant())]);
        return DhGroups.First(candidate => candidate.ToString().Equals(group, StringComparison.OrdinalIgnoreCase));
    }

    private static readonly NamedGroup[] DhGroups = [.. Enum.GetValues<NamedGroup>().Where(group => group.IsFiniteField())];

    private static (TlsVersion Min, TlsVersion Max) ReadVersions(ConfigurationValue site)
    {
        var min = Version(site["minVersion"], TlsVersion.Tls12);
        var max = Version(site["maxVersion"], TlsVersion.Tls13);
        return min <= max ? (min, max) : throw site["minVersion"].Error("is above maxVersion (expected 1.2 or 1.3, not above it)");
    }

    private static TlsVersion Version(ConfigurationValue value, TlsVersion otherwise) =>
        value.Choice(otherwise == TlsVersion.Tls12 ? "1.2" : "1.3", "1.2", "1.3") == "1.2" ? TlsVersion.Tls12 : TlsVersion.Tls13;
}
