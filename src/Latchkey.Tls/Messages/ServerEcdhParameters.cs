using System.Buffers.Binary;
using Latchkey.Crypto;

namespace Latchkey.Tls.Messages;

/// <summary>ServerECDHParams, RFC 8422 §5.4. Public because a key server reads what it is asked to sign (X4).</summary>
public static class ServerEcdhParameters
{
    private const byte NamedCurve = 3;
    private const byte Uncompressed = 4;
    private const int HeaderSize = 4;

    /// <summary>named_curve, the group, the public value with its length; the caller owns the array.</summary>
    public static byte[] Encode(NamedGroup group, ReadOnlySpan<byte> publicValue)
    {
        var encoded = new byte[HeaderSize + publicValue.Length];
        encoded[0] = NamedCurve;
        BinaryPrimitives.WriteUInt16BigEndian(encoded.AsSpan(1), (ushort)group);
        encoded[3] = checked((byte)publicValue.Length);
        publicValue.CopyTo(encoded.AsSpan(HeaderSize));
        return encoded;
    }

    /// <summary>
    /// Reads them strictly: a group of TLS 1.2 that we serve, its public value at its full length and uncompressed (RFC 8422 §5.1.2), and
    /// nothing else. Bytes that parse are neither a TLS 1.3 context, which begins with 64 spaces, nor any other protocol's structure
    /// (attack 4). Whether a point lies on its curve is the provider's to say: <see cref="CryptoProvider.IsPublicValue"/>.
    /// </summary>
    /// <returns>false where these are no such parameters.</returns>
    public static bool TryParse(ReadOnlySpan<byte> encoded, out NamedGroup group, out ReadOnlySpan<byte> publicValue)
    {
        group = default;
        publicValue = default;
        if (encoded.Length < HeaderSize || encoded[0] != NamedCurve || encoded[3] != encoded.Length - HeaderSize)
            return false;
        group = (NamedGroup)BinaryPrimitives.ReadUInt16BigEndian(encoded[1..]);
        publicValue = encoded[HeaderSize..];
        return group is NamedGroup.X25519 or NamedGroup.Secp256r1 or NamedGroup.Secp384r1
            && publicValue.Length == group.ServerShareSize()
            && (group == NamedGroup.X25519 || publicValue[0] == Uncompressed);
    }
}
