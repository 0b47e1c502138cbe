using System.Collections.Frozen;
using System.Net;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Keys;

/// <summary>Host names by the address that a client without SNI connected to (catalogue I2). Immutable.</summary>
internal sealed class AddressNames(IReadOnlyDictionary<IPAddress, string> names)
{
    private readonly FrozenDictionary<IPAddress, string> _names = names.ToFrozenDictionary(entry => Normal(entry.Key), entry => entry.Value);

    /// <summary>Whether an address can stand for a name here at all.</summary>
    public bool MayName(ReadOnlySpan<byte> serverIp) => _names.Count > 0 && !serverIp.IsEmpty;

    /// <summary>The name of an address.</summary>
    /// <param name="serverIp">Item 05: 4 or 16 bytes, or empty.</param>
    /// <returns>null where there is none.</returns>
    public string? Find(ReadOnlySpan<byte> serverIp) =>
        _names.Count > 0 && IpItem.Read(serverIp) is { } address ? _names.GetValueOrDefault(Normal(address)) : null;

    private static IPAddress Normal(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
