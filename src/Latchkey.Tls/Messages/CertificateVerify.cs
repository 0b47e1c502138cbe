using Latchkey.Crypto;

namespace Latchkey.Tls.Messages;

/// <summary>CertificateVerify (RFC 8446 §4.4.3). What its signature covers is <see cref="Tls13.CertificateVerifyContent"/>.</summary>
internal static class CertificateVerify
{
    public static HandshakeMessage Encode(SignatureScheme scheme, ReadOnlySpan<byte> signature)
    {
        var writer = new MessageWriter(HandshakeType.CertificateVerify, 8 + signature.Length);
        writer.WriteUInt16((ushort)scheme);
        writer.WriteVector16(signature);
        return writer.ToMessage();
    }
}
