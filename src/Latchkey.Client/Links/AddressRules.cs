using System.Net;
using System.Net.Sockets;

namespace Latchkey.Client.Links;

/// <summary>Which addresses may connect (catalogue L2): none that is denied, and where there is an allow list, only those on it. Immutable.</summary>
/// <param name="allow">Networks; empty: every address that is not denied.</param>
/// <param name="deny">Networks; a denied address stays out, whatever else allows it.</param>
public sealed class AddressRules(IReadOnlyList<IPNetwork> allow, IReadOnlyList<IPNetwork> deny)
{
    /// <summary>Every address may connect.</summary>
    public static AddressRules Any { get; } = new([], []);

    /// <summary>The allow list.</summary>
    public IReadOnlyList<IPNetwork> Allow => allow;

    /// <summary>The deny list.</summary>
    public IReadOnlyList<IPNetwork> Deny => deny;

    /// <summary>Judges an address; an IPv4 address mapped to IPv6, as a socket for both families shows it, is judged as what it stands for.</summary>
    public bool Allows(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        else if (address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0)
            address = new IPAddress(address.GetAddressBytes()); // a link-local address is written without the interface it came by
        return !Contains(deny, address) && (allow.Count == 0 || Contains(allow, address));
    }

    private static bool Contains(IReadOnlyList<IPNetwork> networks, IPAddress address)
    {
        foreach (var network in networks)
        {
            if (network.Contains(address))
                return true;
        }
        return false;
    }
}
