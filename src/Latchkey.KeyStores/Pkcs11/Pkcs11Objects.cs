using System.Formats.Asn1;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Latchkey.Crypto;

namespace Latchkey.KeyStores.Pkcs11;

/// <summary>Finds objects of a token and reads what is public of keys.</summary>
internal static unsafe class Pkcs11Objects
{
    private const nuint ClassData = 0, ClassCertificate = 1, ClassPublicKey = 2, ClassPrivateKey = 3;
    private const nuint AttributeClass = 0x00, AttributeToken = 0x01, AttributePrivate = 0x02, AttributeLabel = 0x03, AttributeValue = 0x11, AttributeKeyType = 0x100, AttributeId = 0x102;
    private const nuint AttributeModulus = 0x120, AttributePublicExponent = 0x122, AttributePublicKeyInfo = 0x129, AttributeEcParameters = 0x180, AttributeEcPoint = 0x181;
    private const nuint KeyTypeRsa = 0, KeyTypeEc = 3;

    /// <summary>The one private key that a URI means.</summary>
    /// <exception cref="KeyStoreException">None, or several.</exception>
    public static nuint FindPrivateKey(Cryptoki functions, nuint session, Pkcs11Uri uri) => FindOne(functions, session, uri, ClassPrivateKey, "private key");

    /// <summary>The one data object that a URI means: a part of a key.</summary>
    /// <exception cref="KeyStoreException">None, or several.</exception>
    public static SecretBytes ReadData(Cryptoki functions, nuint session, Pkcs11Uri uri)
    {
        var value = functions.GetAttribute(session, FindOne(functions, session, uri, ClassData, "data object"), AttributeValue) ?? [];
        var data = SecretBytes.CopyOf(value);
        CryptographicOperations.ZeroMemory(value);
        return data;
    }

    /// <summary>Makes a private data object, which only who has logged in may read.</summary>
    /// <exception cref="KeyStoreException">There is one of that name.</exception>
    public static void WriteData(Cryptoki functions, nuint session, Pkcs11Uri uri, ReadOnlySpan<byte> value)
    {
        if (uri.Label is not { } name)
            throw new KeyStoreException($"{uri.Text}: object is missing (expected a name for the data object)");
        if (Find(functions, session, ClassData, name, uri.Id).Count > 0)
            throw new KeyStoreException($"{uri.Text}: there is one already (expected a name that is free)");
        var label = Encoding.UTF8.GetBytes(name);
        nuint kind = ClassData;
        byte yes = 1;
        fixed (byte* labelStart = label, valueStart = value)
        {
            functions.CreateObject(session, [
                new() { Type = AttributeClass, Value = (byte*)&kind, Length = (nuint)sizeof(nuint) },
                new() { Type = AttributeToken, Value = &yes, Length = 1 },
                new() { Type = AttributePrivate, Value = &yes, Length = 1 },
                new() { Type = AttributeLabel, Value = labelStart, Length = (nuint)label.Length },
                new() { Type = AttributeValue, Value = valueStart, Length = (nuint)value.Length },
            ]);
        }
    }

    /// <summary>The SubjectPublicKeyInfo of a private key: from the key itself, a public key beside it, or a certificate, whichever the token has.</summary>
    /// <exception cref="KeyStoreException">Nothing says it, or it is no RSA or EC key.</exception>
    public static byte[] ReadPublicHalf(Cryptoki functions, nuint session, nuint key, Pkcs11Uri uri)
    {
        var type = functions.GetAttribute(session, key, AttributeKeyType) is { } bytes && bytes.Length == sizeof(nuint) ? MemoryMarshal.Read<nuint>(bytes) : nuint.MaxValue;
        if (type is not (KeyTypeRsa or KeyTypeEc))
            throw new KeyStoreException($"{uri.Text}: a key of type 0x{type:X} (expected RSA or EC)");
        var beside = Companions(functions, session, key);
        return (type == KeyTypeRsa ? Rsa(functions, session, [key, .. beside.PublicKeys]) : Ec(functions, session, [.. beside.PublicKeys, key]))
            ?? new[] { key }.Concat(beside.PublicKeys).Select(handle => functions.GetAttribute(session, handle, AttributePublicKeyInfo)).FirstOrDefault(info => info is { Length: > 0 })
            ?? OfCertificate(functions, session, beside.Certificates)
            ?? throw new KeyStoreException($"{uri.Text}: the token does not say what the public half is (expected a public key or a certificate with the same id beside the private key)");
    }

    private static nuint FindOne(Cryptoki functions, nuint session, Pkcs11Uri uri, nuint kind, string what)
    {
        var found = Find(functions, session, kind, uri.Label, uri.Id);
        return found.Count switch
        {
            1 => found[0],
            0 => throw new KeyStoreException($"{uri.Text}: no such {what} on the token{(uri.PinFile is null ? " for who has not logged in (expected pin-source=/file/with/the/PIN)" : "")}"),
            _ => throw new KeyStoreException($"{uri.Text}: several {what}s are meant (expected object= or id= that tells them apart)"),
        };
    }

    private static List<nuint> Find(Cryptoki functions, nuint session, nuint kind, string? label, byte[]? id)
    {
        var labelBytes = Encoding.UTF8.GetBytes(label ?? "");
        fixed (byte* labelStart = labelBytes, idStart = id)
        {
            var template = new CryptokiAttribute[3];
            template[0] = new CryptokiAttribute { Type = AttributeClass, Value = (byte*)&kind, Length = (nuint)sizeof(nuint) };
            var count = 1;
            if (label is not null)
                template[count++] = new CryptokiAttribute { Type = AttributeLabel, Value = labelStart, Length = (nuint)labelBytes.Length };
            if (id is not null)
                template[count++] = new CryptokiAttribute { Type = AttributeId, Value = idStart, Length = (nuint)id.Length };
            return functions.FindObjects(session, template.AsSpan(0, count));
        }
    }

    // PKCS#11 v2.40 §4.8: what belongs together has the same CKA_ID.
    private static (List<nuint> PublicKeys, List<nuint> Certificates) Companions(Cryptoki functions, nuint session, nuint key) =>
        functions.GetAttribute(session, key, AttributeId) is { Length: > 0 } id
            ? (Find(functions, session, ClassPublicKey, null, id), Find(functions, session, ClassCertificate, null, id))
            : ([], []);

    private static byte[]? Rsa(Cryptoki functions, nuint session, IEnumerable<nuint> handles)
    {
        foreach (var handle in handles)
        {
            if (functions.GetAttribute(session, handle, AttributeModulus) is { Length: > 0 } modulus && functions.GetAttribute(session, handle, AttributePublicExponent) is { Length: > 0 } exponent)
                return PublicKeyInfo.OfRsa(modulus, exponent);
        }
        return null;
    }

    private static byte[]? Ec(Cryptoki functions, nuint session, IEnumerable<nuint> handles)
    {
        foreach (var handle in handles)
        {
            if (functions.GetAttribute(session, handle, AttributeEcParameters) is { Length: > 0 } curve && functions.GetAttribute(session, handle, AttributeEcPoint) is { Length: > 0 } point)
                return PublicKeyInfo.OfEc(curve, Unwrap(point));
        }
        return null;
    }

    // An OCTET STRING with the point; some modules give the point itself, which begins with 04 too, but has an odd length.
    private static byte[] Unwrap(byte[] point)
    {
        try
        {
            return AsnDecoder.ReadOctetString(point, AsnEncodingRules.DER, out var consumed) is { Length: > 0 } inner && consumed == point.Length ? inner : point;
        }
        catch (AsnContentException)
        {
            return point;
        }
    }

    private static byte[]? OfCertificate(Cryptoki functions, nuint session, List<nuint> certificates)
    {
        if (certificates.Select(handle => functions.GetAttribute(session, handle, AttributeValue)).FirstOrDefault(value => value is { Length: > 0 }) is not { } der)
            return null;
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        return certificate.PublicKey.ExportSubjectPublicKeyInfo();
    }
}
