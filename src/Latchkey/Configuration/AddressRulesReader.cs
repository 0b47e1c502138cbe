using System.Net;
using Latchkey.Client.Links;

namespace Latchkey.Configuration;

/// <summary>Reads <c>allowAddresses</c> and <c>denyAddresses</c> (L2).</summary>
internal static class AddressRulesReader
{
    private const string Expected = "an address or a range, as in 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32";

    public static AddressRules Read(ConfigurationValue allow, ConfigurationValue deny)
    {
        var rules = new AddressRules(Networks(allow), Networks(deny));
        // An empty list would mean everybody to a hasty reader and nobody to a careful one; the configuration library cannot tell it from none.
        return rules.Allow.Count == 0 && rules.Deny.Count == 0 ? AddressRules.Any : rules;
    }

    private static List<IPNetwork> Networks(ConfigurationValue value) =>
        [.. value.Items("an array of addresses and ranges, as in [\"192.0.2.7\", \"2001:db8::/32\"]").Select(Network)];

    private static IPNetwork Network(ConfigurationValue value)
    {
        var text = value.Text(Expected);
        if (IPAddress.TryParse(text, out var address))
        {
            address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new IPAddress(address.GetAddressBytes());
            return new IPNetwork(address, address.GetAddressBytes().Length * 8);
        }
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var hasAddress = IPAddress.TryParse(text.AsSpan(0, Math.Max(slash, 0)), out address);
        // A range whose address has more bits than its length was meant to be something else: no guess in a list that decides who comes in.
        if (IPNetwork.TryParse(text, out var network) && network.BaseAddress.Equals(address))
            return network;
        throw hasAddress
            ? value.Error($"\"{text}\" has bits outside its range, or a length that its family does not have (expected {Expected})")
            : value.Error($"expected {Expected}, found \"{text}\"");
    }
}
