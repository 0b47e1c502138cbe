using System.Net;

namespace Latchkey.Wire;

/// <summary>IP addresses as items 03 and 05 carry them: 4 or 16 bytes, IPv4-mapped as 4.</summary>
public static class IpItem
{
    /// <summary>Room for either.</summary>
    public const int MaxSize = 16;

    /// <summary>Writes the address and returns the part written; empty for none.</summary>
    public static ReadOnlySpan<byte> Write(IPAddress? address, Span<byte> destination)
    {
        if (address is null)
            return default;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.TryWriteBytes(destination, out var written) ? destination[..written]
            : throw new ArgumentException($"An address needs up to {MaxSize} bytes.", nameof(destination));
    }

    /// <summary>Reads an item's value; null where it is empty.</summary>
    public static IPAddress? Read(ReadOnlySpan<byte> value) => value.Length is 4 or 16 ? new IPAddress(value) : null;
}
