using System.Buffers.Binary;
using Latchkey.Crypto;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Recognises ServerECDHParams of a named curve that is served (RFC 8422 §5.4): u8 3, u16 group, u8 length, point. Nothing else is
/// signed: bytes that parse are neither a TLS 1.3 context (which begins with 64 spaces, where ours has 03) nor any
/// other protocol's structure (attacks 4, 5).
/// </summary>
internal static class ServerEcdhParameters
{
    private const byte NamedCurve = 3;
    private const byte Uncompressed = 4;

    /// <summary>
    /// Whether what stands for the point is one; asked of parameters that <see cref="AreServed"/>. The 96 bytes of a P-384 point would
    /// hold a certificate request for the key, were they free (attack 4). Costs 5 to 10 µs on P-256 and P-384, nothing on X25519.
    /// </summary>
    public static bool HoldPoint(ReadOnlySpan<byte> parameters, CryptoProvider crypto)
    {
        var group = (NamedGroup)BinaryPrimitives.ReadUInt16BigEndian(parameters[1..]);
        // X25519 is 32 octets whatever the provider can compute.
        return group == NamedGroup.X25519 || crypto.IsPublicValue(group, parameters[4..]);
    }

    public static bool AreServed(ReadOnlySpan<byte> parameters)
    {
        if (parameters.Length < 5 || parameters[0] != NamedCurve || parameters[3] != parameters.Length - 4)
            return false;
        var point = parameters[4..];
        return (NamedGroup)BinaryPrimitives.ReadUInt16BigEndian(parameters[1..]) switch
        {
            NamedGroup.Secp256r1 => point.Length == 65 && point[0] == Uncompressed,
            NamedGroup.Secp384r1 => point.Length == 97 && point[0] == Uncompressed,
            NamedGroup.X25519 => point.Length == 32,
            _ => false,
        };
    }
}
