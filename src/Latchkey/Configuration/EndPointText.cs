using System.Globalization;
using System.Net;

namespace Latchkey.Configuration;

/// <summary>Reads <c>127.0.0.1:8443</c>, <c>[::1]:8443</c>, <c>*:443</c> and <c>ks.example:2407</c>.</summary>
internal static class EndPointText
{
    private const string Expected = "address:port, as in 127.0.0.1:8443, [::1]:8443 or *:443";

    /// <summary>Where to listen: an IP address, or <c>*</c> for all of them.</summary>
    public static IPEndPoint ListenEndPoint(this ConfigurationValue value)
    {
        var text = value.Text(Expected);
        if (TrySplit(text, leastPort: 0, out var host, out var port))
        {
            if (host == "*")
                return new IPEndPoint(IPAddress.IPv6Any, port);
            if (host == "localhost")
                return new IPEndPoint(IPAddress.Loopback, port);
            if (IPAddress.TryParse(host, out var address))
                return new IPEndPoint(address, port);
        }
        throw value.Error($"expected {Expected}, found \"{text}\"");
    }

    /// <summary>An address alone; IPv4-mapped ones as what they stand for.</summary>
    public static IPAddress Address(this ConfigurationValue value)
    {
        const string expected = "an IP address, as in 192.0.2.7 or 2001:db8::7";
        var text = value.Text(expected);
        if (!IPAddress.TryParse(text, out var address))
            throw value.Error($"expected {expected}, found \"{text}\"");
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    /// <summary>Whom to connect to: an address or a name, with its port.</summary>
    public static string ConnectEndPoint(this ConfigurationValue value)
    {
        const string expected = "host:port, as in 192.0.2.1:2407 or keys.example.com:2407";
        var text = value.Text(expected);
        return TrySplit(text, leastPort: 1, out var host, out _) && Uri.CheckHostName(host) != UriHostNameType.Unknown
            ? text
            : throw value.Error($"expected {expected}, found \"{text}\"");
    }

    /// <summary>Splits at the last colon; brackets of IPv6 addresses are required and removed.</summary>
    public static bool TrySplit(string text, int leastPort, out string host, out int port)
    {
        host = "";
        port = 0;
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port < leastPort || port > 65535)
            return false;
        host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            return host.Contains(':', StringComparison.Ordinal);
        }
        return !host.Contains(':', StringComparison.Ordinal);
    }
}
