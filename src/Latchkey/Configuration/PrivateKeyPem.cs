using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Crypto;

namespace Latchkey.Configuration;

/// <summary>Private keys as files hold them: PKCS#8, PKCS#1 and SEC 1, in PEM.</summary>
internal static class PrivateKeyPem
{
    /// <summary>A site's local key, whose file the configuration has checked. The caller disposes it.</summary>
    /// <exception cref="CryptographicException">It is no longer what it was.</exception>
    public static PrivateKey Read(string file)
    {
        var pem = File.ReadAllBytes(file);
        byte[] pkcs8 = [];
        try
        {
            pkcs8 = ToPkcs8(pem);
            return CryptoProvider.Default.ImportPrivateKey(pkcs8);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pem);
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    /// <summary>The first private key of a PEM text as PKCS#8 (DER). The caller zeroes it.</summary>
    /// <exception cref="CryptographicException">There is none, or it is encrypted or of an unknown kind.</exception>
    public static byte[] ToPkcs8(ReadOnlySpan<byte> pem)
    {
        var text = new char[pem.Length];
        try
        {
            Encoding.Latin1.GetChars(pem, text);
            return Find(text);
        }
        finally
        {
            text.AsSpan().Clear();
        }
    }

    /// <summary>DER SubjectPublicKeyInfo of the pair.</summary>
    /// <exception cref="CryptographicException">Not a supported private key.</exception>
    public static byte[] PublicKeyOf(ReadOnlySpan<byte> pkcs8)
    {
        // The base library knows RSA and ECDSA; Ed25519 is the provider's.
        switch (Oid(pkcs8))
        {
            case "1.2.840.113549.1.1.1":
                using (var rsa = RSA.Create())
                {
                    rsa.ImportPkcs8PrivateKey(pkcs8, out _);
                    return rsa.ExportSubjectPublicKeyInfo();
                }
            case "1.2.840.10045.2.1":
                using (var ecdsa = ECDsa.Create())
                {
                    ecdsa.ImportPkcs8PrivateKey(pkcs8, out _);
                    return ecdsa.ExportSubjectPublicKeyInfo();
                }
            default:
                using (var key = CryptoProvider.Default.ImportPrivateKey(pkcs8))
                    return key.SubjectPublicKeyInfo.ToArray();
        }
    }

    // PrivateKeyInfo ::= SEQUENCE { version, AlgorithmIdentifier SEQUENCE { OID … } … }, RFC 5958 §2.
    private static string Oid(ReadOnlySpan<byte> pkcs8)
    {
        try
        {
            var outer = new AsnReader(pkcs8.ToArray(), AsnEncodingRules.BER).ReadSequence();
            outer.ReadInteger();
            return outer.ReadSequence().ReadObjectIdentifier();
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException("it is not PKCS#8", e);
        }
    }

    private static byte[] Find(ReadOnlySpan<char> text)
    {
        while (PemEncoding.TryFind(text, out var fields))
        {
            var label = text[fields.Label];
            var block = text[fields.Location];
            switch (label)
            {
                case "PRIVATE KEY":
                    return Decode(text[fields.Base64Data], fields.DecodedDataLength);
                case "RSA PRIVATE KEY":
                    using (var rsa = RSA.Create())
                    {
                        rsa.ImportFromPem(block);
                        return rsa.ExportPkcs8PrivateKey();
                    }
                case "EC PRIVATE KEY":
                    using (var ecdsa = ECDsa.Create())
                    {
                        ecdsa.ImportFromPem(block);
                        return ecdsa.ExportPkcs8PrivateKey();
                    }
                case "ENCRYPTED PRIVATE KEY":
                    throw new CryptographicException("it is encrypted");
            }
            text = text[fields.Location.End..];
        }
        throw new CryptographicException("there is none");
    }

    private static byte[] Decode(ReadOnlySpan<char> base64, int length)
    {
        var der = new byte[length];
        return Convert.TryFromBase64Chars(base64, der, out _) ? der : throw new CryptographicException("its base64 is damaged");
    }
}
