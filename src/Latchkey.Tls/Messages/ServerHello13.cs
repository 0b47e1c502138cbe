using Latchkey.Crypto;

namespace Latchkey.Tls.Messages;

/// <summary>
/// ServerHello of TLS 1.3 (RFC 8446 §4.1.3). key_share comes last, so that the message is a prefix known in advance followed by
/// the server's public value (see <see cref="Custodies.Tls13Question.ServerHelloPrefix"/>).
/// </summary>
internal static class ServerHello13
{
    /// <summary>Everything but the public value, whose length <paramref name="group"/> gives; the lengths inside count it already.</summary>
    /// <param name="random">32 bytes.</param>
    /// <param name="sessionId">The client's, echoed (compatibility mode).</param>
    /// <param name="selectedIdentity">pre_shared_key (RFC 8446 §4.2.11): the index of the key in use; null: none is.</param>
    public static ReadOnlyMemory<byte> EncodePrefix(ReadOnlySpan<byte> random, ReadOnlySpan<byte> sessionId, CipherSuite suite, NamedGroup group, int? selectedIdentity = null)
    {
        var shareSize = group.ServerShareSize();
        var writer = new MessageWriter(HandshakeType.ServerHello);
        writer.WriteUInt16((ushort)TlsVersion.Tls12);
        writer.WriteBytes(random);
        writer.WriteVector8(sessionId);
        writer.WriteUInt16((ushort)suite);
        writer.WriteUInt8(0);
        const int versionExtension = 6;
        const int preSharedKeyExtension = 6;
        const int keyShareHeader = 8;
        writer.WriteUInt16((ushort)(versionExtension + (selectedIdentity is null ? 0 : preSharedKeyExtension) + keyShareHeader + shareSize));
        writer.WriteExtension(ExtensionType.SupportedVersions, [(byte)((ushort)TlsVersion.Tls13 >> 8), (byte)((ushort)TlsVersion.Tls13 & 0xFF)]);
        if (selectedIdentity is { } identity)
            writer.WriteExtension(ExtensionType.PreSharedKey, [(byte)(identity >> 8), (byte)identity]);
        writer.WriteUInt16((ushort)ExtensionType.KeyShare);
        writer.WriteUInt16((ushort)(4 + shareSize));
        writer.WriteUInt16((ushort)group);
        writer.WriteUInt16((ushort)shareSize);
        return writer.ToMessage(missing: shareSize).Encoded;
    }

    /// <summary>Prefix and public value.</summary>
    public static HandshakeMessage Complete(ReadOnlyMemory<byte> prefix, ReadOnlySpan<byte> serverShare)
    {
        var encoded = new byte[prefix.Length + serverShare.Length];
        prefix.Span.CopyTo(encoded);
        serverShare.CopyTo(encoded.AsSpan(prefix.Length));
        return new HandshakeMessage(encoded);
    }
}
