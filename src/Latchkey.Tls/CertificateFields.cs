using System.Formats.Asn1;

namespace Latchkey.Tls;

/// <summary>Finds fields in a DER certificate without an object of the platform around it.</summary>
internal static class CertificateFields
{
    /// <summary>id-ce-keyUsage.</summary>
    private const string KeyUsage = "2.5.29.15";

    /// <summary>RFC 5280 §4.1: the seventh field of the TBSCertificate, or the sixth where version 1 left out its number.</summary>
    /// <exception cref="AsnContentException">Not a certificate.</exception>
    public static ReadOnlyMemory<byte> SubjectPublicKeyInfo(ReadOnlyMemory<byte> certificate) => AtSubjectPublicKeyInfo(certificate).ReadEncodedValue();

    /// <summary>Whether its key may sign handshakes: keyUsage says digitalSignature, or there is no such extension (RFC 5280 §4.2.1.3, RFC 8446 §4.4.2.2).</summary>
    /// <exception cref="AsnContentException">Not a certificate.</exception>
    public static bool MaySign(ReadOnlyMemory<byte> certificate)
    {
        var fields = AtSubjectPublicKeyInfo(certificate);
        var extensions = new Asn1Tag(TagClass.ContextSpecific, 3, isConstructed: true);
        fields.ReadEncodedValue();
        // Unique identifiers of issuer and subject may come between.
        while (fields.HasData && fields.PeekTag() != extensions)
            fields.ReadEncodedValue();
        return !fields.HasData || MaySign(fields.ReadSequence(extensions).ReadSequence());
    }

    private static bool MaySign(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            if (extension.ReadObjectIdentifier() != KeyUsage)
                continue;
            if (extension.PeekTag() == Asn1Tag.Boolean)
                extension.ReadBoolean();
            var bits = new AsnReader(extension.ReadOctetString(), AsnEncodingRules.DER).ReadBitString(out _);
            const byte digitalSignature = 0x80;
            return bits.Length > 0 && (bits[0] & digitalSignature) != 0;
        }

        return true;
    }

    private static AsnReader AtSubjectPublicKeyInfo(ReadOnlyMemory<byte> certificate)
    {
        var fields = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        var version = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        if (fields.PeekTag() == version)
            fields.ReadEncodedValue();
        const int serialThroughSubject = 5;
        for (var i = 0; i < serialThroughSubject; i++)
            fields.ReadEncodedValue();
        return fields;
    }
}
