using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client.Links;
using Latchkey.KeyServer;
using Latchkey.Tls.Clients;

namespace Latchkey.Configuration;

/// <summary>Reads how edges and key servers find each other, and who may come: for either side.</summary>
internal static class KeyServerLinkReader
{
    private const string DialExpected = "an array of { \"edge\": host:port, \"name\": a name in the edge's certificate }";
    private const string RevocationExpected = "an array of files with revocation lists of the authorities, PEM or DER";

    /// <summary>null: it only dials.</summary>
    public static IPEndPoint? ReadListen(ConfigurationValue root) =>
        root["listen"].Exists || !root["dial"].Exists ? root["listen"].ListenEndPoint() : null;

    public static IReadOnlyList<DialTarget> ReadDial(ConfigurationValue value)
    {
        var targets = new List<DialTarget>();
        foreach (var item in value.Items(DialExpected))
        {
            item.Only("edge", "name");
            var target = new DialTarget { Edge = item["edge"].ConnectEndPoint(), Name = item["name"].OptionalText("a name in the edge's certificate") };
            if (targets.Exists(other => string.Equals(other.Edge, target.Edge, StringComparison.OrdinalIgnoreCase)))
                throw item["edge"].Error($"{target.Edge} stands there twice");
            targets.Add(target);
        }
        return targets;
    }

    /// <summary>null: key servers do not connect to this edge.</summary>
    public static AcceptConfig? ReadAccept(ConfigurationValue value)
    {
        const string expected = "an array of names in the key servers' certificates, as in [\"keys.example.com\"]";
        if (!value.Exists)
            return null;
        value.Only("listen", "names", "allowAddresses", "denyAddresses");
        var listen = value["listen"].ListenEndPoint();
        var names = new List<string>();
        foreach (var item in value["names"].Items(expected))
        {
            var name = item.Text("a host name or an address in a key server's certificate");
            if (Uri.CheckHostName(name) == UriHostNameType.Unknown)
                throw item.Error($"expected a host name or an address in a key server's certificate, found \"{name}\"");
            if (names.Contains(name, StringComparer.OrdinalIgnoreCase))
                throw item.Error($"{name} stands there twice (expected each key server once)");
            names.Add(name);
        }
        return names.Count > 0
            ? new AcceptConfig(listen, new AcceptOptions { Names = names, Addresses = AddressRulesReader.Read(value["allowAddresses"], value["denyAddresses"]) })
            : throw value["names"].Error($"missing (expected {expected})");
    }

    /// <summary>How long an idle connection lasts (L6); null: it is persistent.</summary>
    public static TimeSpan? ReadOnDemand(ConfigurationValue keyServer)
    {
        if (keyServer["connection"].Choice("persistent", "persistent", "on-demand") == "persistent")
            return keyServer["idleSeconds"].Exists ? throw keyServer["idleSeconds"].Error("stands without \"connection\": \"on-demand\" (expected both)") : null;
        return keyServer["accept"].Exists
            ? throw keyServer["connection"].Error("on-demand stands beside accept: a key server that connects cannot be asked to (expected persistent)")
            : keyServer["idleSeconds"].Seconds(10, 0, 3600);
    }

    /// <summary>Full paths; each file is read here, so that a wrong one is told with its place.</summary>
    public static IReadOnlyList<string> ReadRevocation(ConfigurationValue value, X509Certificate2Collection authorities)
    {
        var files = new List<string>();
        foreach (var item in value.Items(RevocationExpected))
        {
            Read(item, authorities);
            files.Add(item.FullPath(RevocationExpected));
        }
        return files;
    }

    /// <summary>One file.</summary>
    public static byte[] Read(ConfigurationValue item, X509Certificate2Collection authorities)
    {
        var file = item.Bytes("a revocation list, PEM or DER");
        try
        {
            _ = new RevocationLists([file], authorities);
            return file;
        }
        catch (CryptographicException e)
        {
            throw item.Error($"{e.Message.TrimEnd('.')} (expected a revocation list of one of the authorities, PEM or DER)");
        }
    }

    /// <summary>The name of a network interface; null where absent.</summary>
    public static string? InterfaceName(this ConfigurationValue value)
    {
        const string expected = "the name of a network interface, as in wg0";
        const int longest = 15; // IFNAMSIZ without its zero
        return value.OptionalText(expected) is not { } name ? null
            : name.Length <= longest && !name.Any(c => char.IsWhiteSpace(c) || c is '/' || c > '~') ? name
            : throw value.Error($"expected {expected}, found \"{name}\"");
    }
}
