using System.Net;
using System.Text;
using Latchkey.Tls.Alerts;

namespace Latchkey.Tls.Messages;

/// <summary>server_name of a ClientHello, RFC 6066 §3.</summary>
internal static class ServerNameExtension
{
    private const byte HostName = 0;
    private const int MaxNameLength = 255;

    /// <returns>The DNS name in lower case; null where the list holds none.</returns>
    public static string? Read(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body);
        if (!reader.TryReadVector16(out var list) || !reader.IsEmpty || list.IsEmpty)
            throw ClientHelloParser.Malformed("server_name");
        ReadOnlyMemory<byte>? name = null;
        var rest = new MessageReader(list);
        while (!rest.IsEmpty)
        {
            // Only host_name is defined; RFC 6066 wants future types to begin with a 16-bit length, so they can be skipped.
            if (!rest.TryReadUInt8(out var type) || !rest.TryReadVector16(out var value) || value.IsEmpty)
                throw ClientHelloParser.Malformed("server_name");
            if (type != HostName)
                continue;
            if (name is not null)
                throw Illegal("server_name holds two host names.");
            name = value;
        }

        return name is { } bytes ? Normalize(bytes.Span) : null;
    }

    /// <summary>Labels of letters, digits, hyphens and, since hosts in the wild have them, underscores.</summary>
    public static bool IsDnsName(string name) => name.Length <= MaxNameLength && name.Split('.').All(IsLabel);

    private static string? Normalize(ReadOnlySpan<byte> bytes)
    {
        // A NUL or a control character is what an attacker would put here to have two readers see two names.
        if (bytes.Length > MaxNameLength || bytes.IndexOfAnyExceptInRange((byte)0x21, (byte)0x7E) >= 0)
            throw Illegal("The host name is too long or has characters that no name has.");
        var name = Encoding.ASCII.GetString(bytes).ToLowerInvariant();
        // "Literal IPv4 and IPv6 addresses are not permitted", yet some clients send them; as if there were no name (I2).
        if (IPAddress.TryParse(name, out _))
            return null;
        if (name.EndsWith('.'))
            throw Illegal("The host name ends with a dot.");
        return IsDnsName(name) ? name : throw Illegal("The host name is not a DNS name.");
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63 && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static PeerMisbehavedException Illegal(string message) => new(AlertDescription.IllegalParameter, message);
}
