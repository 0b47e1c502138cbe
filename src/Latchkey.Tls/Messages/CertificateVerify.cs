using Latchkey.Crypto;

namespace Latchkey.Tls.Messages;

/// <summary>
/// CertificateVerify (RFC 8446 §4.4.3, RFC 5246 §7.4.8). What its signature covers is <see cref="Tls13.CertificateVerifyContent"/>, and in TLS 1.2 all handshake
/// messages so far.
/// </summary>
/// <param name="Scheme">As the peer named it.</param>
/// <param name="Signature">Not verified yet.</param>
internal readonly record struct CertificateVerify(SignatureScheme Scheme, ReadOnlyMemory<byte> Signature)
{
    /// <summary>The client's.</summary>
    /// <exception cref="Alerts.PeerMisbehavedException">unexpected_message or decode_error.</exception>
    public static CertificateVerify Parse(HandshakeMessage message)
    {
        var reader = new MessageReader(message.Expect(HandshakeType.CertificateVerify).Body);
        return reader.TryReadUInt16(out var scheme) && reader.TryReadVector16(out var signature) && reader.IsEmpty
            ? new CertificateVerify((SignatureScheme)scheme, signature)
            : throw ClientHelloParser.Malformed("CertificateVerify");
    }

    public static HandshakeMessage Encode(SignatureScheme scheme, ReadOnlySpan<byte> signature)
    {
        var writer = new MessageWriter(HandshakeType.CertificateVerify, 8 + signature.Length);
        writer.WriteUInt16((ushort)scheme);
        writer.WriteVector16(signature);
        return writer.ToMessage();
    }
}
