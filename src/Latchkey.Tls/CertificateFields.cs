using System.Formats.Asn1;

namespace Latchkey.Tls;

/// <summary>Finds fields in a DER certificate without an object of the platform around it.</summary>
internal static class CertificateFields
{
    /// <summary>id-ce-keyUsage.</summary>
    private const string KeyUsage = "2.5.29.15";

    /// <summary>RFC 9345 §4.2.</summary>
    private const string DelegationUsage = "1.3.6.1.4.1.44363.44";

    /// <summary>RFC 5280 §4.1: the seventh field of the TBSCertificate, or the sixth where version 1 left out its number.</summary>
    /// <exception cref="AsnContentException">Not a certificate.</exception>
    public static ReadOnlyMemory<byte> SubjectPublicKeyInfo(ReadOnlyMemory<byte> certificate) => AtSubjectPublicKeyInfo(certificate).ReadEncodedValue();

    /// <summary>notBefore and notAfter.</summary>
    /// <exception cref="AsnContentException">Not a certificate.</exception>
    public static (DateTimeOffset NotBefore, DateTimeOffset NotAfter) Validity(ReadOnlyMemory<byte> certificate)
    {
        const int serialThroughIssuer = 3;
        var validity = After(certificate, serialThroughIssuer).ReadSequence();
        return (ReadTime(validity), ReadTime(validity));
    }

    /// <summary>Whether its key may sign handshakes: keyUsage says digitalSignature, or there is no such extension (RFC 5280 §4.2.1.3, RFC 8446 §4.4.2.2).</summary>
    /// <exception cref="AsnContentException">Not a certificate.</exception>
    public static bool MaySign(ReadOnlyMemory<byte> certificate) => !TryFindExtension(certificate, KeyUsage, out var usage) || HasDigitalSignature(usage.Value);

    /// <summary>Whether its key may sign delegated credentials: it has DelegationUsage, which is not critical, and keyUsage says digitalSignature (RFC 9345 §4.2).</summary>
    /// <exception cref="AsnContentException">Not a certificate.</exception>
    public static bool MayDelegate(ReadOnlyMemory<byte> certificate) =>
        TryFindExtension(certificate, DelegationUsage, out var delegation) && !delegation.IsCritical
        && TryFindExtension(certificate, KeyUsage, out var usage) && HasDigitalSignature(usage.Value);

    private static bool HasDigitalSignature(ReadOnlyMemory<byte> keyUsage)
    {
        const byte digitalSignature = 0x80;
        var bits = new AsnReader(keyUsage, AsnEncodingRules.DER).ReadBitString(out _);
        return bits.Length > 0 && (bits[0] & digitalSignature) != 0;
    }

    private static bool TryFindExtension(ReadOnlyMemory<byte> certificate, string identifier, out (bool IsCritical, ReadOnlyMemory<byte> Value) found)
    {
        var fields = AtSubjectPublicKeyInfo(certificate);
        var tag = new Asn1Tag(TagClass.ContextSpecific, 3, isConstructed: true);
        fields.ReadEncodedValue();
        // Unique identifiers of issuer and subject may come between.
        while (fields.HasData && fields.PeekTag() != tag)
            fields.ReadEncodedValue();
        found = default;
        return fields.HasData && TryFindExtension(fields.ReadSequence(tag).ReadSequence(), identifier, out found);
    }

    private static bool TryFindExtension(AsnReader extensions, string identifier, out (bool IsCritical, ReadOnlyMemory<byte> Value) found)
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            if (extension.ReadObjectIdentifier() != identifier)
                continue;
            var isCritical = extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean();
            found = (isCritical, extension.ReadOctetString());
            return true;
        }

        found = default;
        return false;
    }

    private static DateTimeOffset ReadTime(AsnReader validity) =>
        validity.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? validity.ReadUtcTime() : validity.ReadGeneralizedTime();

    private static AsnReader AtSubjectPublicKeyInfo(ReadOnlyMemory<byte> certificate)
    {
        const int serialThroughSubject = 5;
        return After(certificate, serialThroughSubject);
    }

    /// <summary>Behind so many fields of the TBSCertificate, from the serial number on.</summary>
    private static AsnReader After(ReadOnlyMemory<byte> certificate, int count)
    {
        var whole = new AsnReader(certificate, AsnEncodingRules.DER);
        var fields = whole.ReadSequence().ReadSequence();
        // What follows a certificate in signed content must not begin inside of what passed for it.
        whole.ThrowIfNotEmpty();
        var version = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        if (fields.PeekTag() == version)
            fields.ReadEncodedValue();
        for (var i = 0; i < count; i++)
            fields.ReadEncodedValue();
        return fields;
    }
}
