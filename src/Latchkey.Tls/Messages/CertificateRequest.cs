using Latchkey.Tls.Clients;

namespace Latchkey.Tls.Messages;

/// <summary>CertificateRequest, whose form differs between versions.</summary>
internal static class CertificateRequest
{
    private const byte RsaSign = 1;
    private const byte EcdsaSign = 64;

    /// <summary>RFC 5246 §7.4.4; ecdsa_sign stands for Ed25519 too (RFC 8422 §5.5).</summary>
    public static HandshakeMessage Encode12(ClientCertificates asked)
    {
        var writer = new MessageWriter(HandshakeType.CertificateRequest);
        writer.WriteVector8([EcdsaSign, RsaSign]);
        WriteSchemes(ref writer, asked);
        WriteAuthorities(ref writer, asked);
        return writer.ToMessage();
    }

    /// <summary>RFC 8446 §4.3.2: with an empty context, as it must be within the handshake.</summary>
    public static HandshakeMessage Encode13(ClientCertificates asked)
    {
        var writer = new MessageWriter(HandshakeType.CertificateRequest);
        writer.WriteVector8([]);
        var extensions = writer.BeginVector(2);
        writer.WriteUInt16((ushort)ExtensionType.SignatureAlgorithms);
        var schemes = writer.BeginVector(2);
        WriteSchemes(ref writer, asked);
        writer.EndVector(schemes, 2);
        // RFC 8446 §4.2.4: DistinguishedName authorities<3..2^16-1>, so that an empty list is left out.
        if (asked.Verifier.AuthorityNames.Count > 0)
        {
            writer.WriteUInt16((ushort)ExtensionType.CertificateAuthorities);
            var authorities = writer.BeginVector(2);
            WriteAuthorities(ref writer, asked);
            writer.EndVector(authorities, 2);
        }

        writer.EndVector(extensions, 2);
        return writer.ToMessage();
    }

    private static void WriteSchemes(ref MessageWriter writer, ClientCertificates asked)
    {
        var schemes = writer.BeginVector(2);
        foreach (var scheme in asked.Schemes)
            writer.WriteUInt16((ushort)scheme);
        writer.EndVector(schemes, 2);
    }

    private static void WriteAuthorities(ref MessageWriter writer, ClientCertificates asked)
    {
        var authorities = writer.BeginVector(2);
        foreach (var name in asked.Verifier.AuthorityNames)
            writer.WriteVector16(name.Span);
        writer.EndVector(authorities, 2);
    }
}
