using Latchkey.Crypto;

namespace Latchkey.Tls.Messages;

/// <summary>What a ServerKeyExchange is about: ServerECDHParams or ServerDHParams, as the group wants.</summary>
public static class ServerKeyParameters
{
    /// <summary>The caller owns the array.</summary>
    public static byte[] Encode(NamedGroup group, ReadOnlySpan<byte> publicValue) =>
        group.IsFiniteField() ? ServerDhParameters.Encode(group, publicValue) : ServerEcdhParameters.Encode(group, publicValue);

    /// <summary>
    /// Reads either. No bytes are both: a curve's begin with 3, which as the length of a prime means 768 to 1,023 bytes, more than they have
    /// (Mavrogiannopoulos and others, "A cross-protocol attack on the TLS protocol", 2012).
    /// </summary>
    /// <returns>false where these are neither.</returns>
    public static bool TryParse(ReadOnlySpan<byte> encoded, out NamedGroup group, out ReadOnlySpan<byte> publicValue) =>
        ServerEcdhParameters.TryParse(encoded, out group, out publicValue) || ServerDhParameters.TryParse(encoded, out group, out publicValue);
}
