using System.Formats.Asn1;

namespace Latchkey.Tls;

/// <summary>Finds fields in a DER certificate without an object of the platform around it.</summary>
internal static class CertificateFields
{
    /// <summary>RFC 5280 §4.1: the seventh field of the TBSCertificate, or the sixth where version 1 left out its number.</summary>
    /// <exception cref="AsnContentException">Not a certificate.</exception>
    public static ReadOnlyMemory<byte> SubjectPublicKeyInfo(ReadOnlyMemory<byte> certificate)
    {
        var fields = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        var version = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        if (fields.PeekTag() == version)
            fields.ReadEncodedValue();
        const int serialThroughSubject = 5;
        for (var i = 0; i < serialThroughSubject; i++)
            fields.ReadEncodedValue();
        return fields.ReadEncodedValue();
    }
}
