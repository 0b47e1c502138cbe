using System.Globalization;
using System.Net;

namespace Latchkey.Client;

/// <summary>Where a key server listens: <c>host:port</c>, <c>192.0.2.1:2407</c> or <c>[2001:db8::1]:2407</c>.</summary>
/// <param name="Host">DNS name or IP address, without brackets: what the key server's certificate has to name.</param>
/// <param name="Port">1 to 65,535; the deployed protocol's is 2407. <see cref="DialsIn"/>: it is the key server that connects.</param>
public sealed record KeyServerEndPoint(string Host, int Port)
{
    /// <summary>Port where none is written.</summary>
    public const int DefaultPort = 2407;

    /// <summary>In place of a port where the key server connects to this side.</summary>
    public const int DialsIn = 0;

    /// <summary>Reads <c>host</c> or <c>host:port</c>.</summary>
    /// <exception cref="FormatException">Not that; the message shows what was written.</exception>
    public static KeyServerEndPoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.LastIndexOf(':');
        if (colon >= 0 && text.EndsWith(']'))
            colon = -1; // an IPv6 address in brackets, without a port
        var host = (colon < 0 ? text : text[..colon]).TrimStart('[').TrimEnd(']');
        var port = DefaultPort;
        var portIsRight = colon < 0
            || (int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= 65535);
        var isBareIPv6 = host.Contains(':', StringComparison.Ordinal) && !text.StartsWith('[');
        if (!portIsRight || isBareIPv6 || Uri.CheckHostName(host) == UriHostNameType.Unknown)
            throw new FormatException($"\"{text}\" is not a key server's host:port, such as 192.0.2.1:2407, [2001:db8::1]:2407 or keys.example:2407.");
        return new KeyServerEndPoint(host, port);
    }

    /// <summary>What to connect to.</summary>
    internal EndPoint ToEndPoint() =>
        IPAddress.TryParse(Host, out var address) ? new IPEndPoint(address, Port) : new DnsEndPoint(Host, Port);

    /// <inheritdoc/>
    public override string ToString() => Port == DialsIn ? Host : Host.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
