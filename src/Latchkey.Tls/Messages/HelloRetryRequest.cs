using Latchkey.Crypto;

namespace Latchkey.Tls.Messages;

/// <summary>HelloRetryRequest (RFC 8446 §4.1.4): a ServerHello with a random of its own that asks for a share in another group.</summary>
internal static class HelloRetryRequest
{
    /// <summary>SHA-256 of "HelloRetryRequest", RFC 8446 §4.1.3.</summary>
    public static ReadOnlySpan<byte> Random =>
    [
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
        0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    ];

    /// <param name="sessionId">The client's, echoed.</param>
    /// <param name="group">Of the share we want.</param>
    public static HandshakeMessage Encode(ReadOnlySpan<byte> sessionId, CipherSuite suite, NamedGroup group)
    {
        var writer = new MessageWriter(HandshakeType.ServerHello, 96);
        writer.WriteUInt16((ushort)TlsVersion.Tls12);
        writer.WriteBytes(Random);
        writer.WriteVector8(sessionId);
        writer.WriteUInt16((ushort)suite);
        writer.WriteUInt8(0);
        var extensions = writer.BeginVector(2);
        writer.WriteExtension(ExtensionType.SupportedVersions, [(byte)((ushort)TlsVersion.Tls13 >> 8), (byte)((ushort)TlsVersion.Tls13 & 0xFF)]);
        writer.WriteExtension(ExtensionType.KeyShare, [(byte)((ushort)group >> 8), (byte)((ushort)group & 0xFF)]);
        writer.EndVector(extensions, 2);
        return writer.ToMessage();
    }
}
