using System.Net;
using System.Net.Sockets;

namespace Latchkey.Client.Links;

/// <summary>Places for handshakes that strangers have not finished, shared fairly by address.</summary>
internal sealed class AddressPlaces(int limit) : FairPlaces<IPAddress>(limit)
{
    private const int SubnetSize = 8;

    /// <summary>Who counts as one holder: an IPv4 address, or an IPv6 /64, which is what one customer has and may choose addresses from.</summary>
    public static IPAddress HolderOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[SubnetSize..].Clear();
        return new IPAddress(bytes);
    }
}
