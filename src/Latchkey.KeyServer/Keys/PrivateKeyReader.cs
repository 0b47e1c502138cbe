using System.Security.Cryptography;
using System.Text;
using Latchkey.Crypto;

namespace Latchkey.KeyServer.Keys;

/// <summary>Reads PEM (PKCS#8, encrypted PKCS#8, PKCS#1, SEC 1) and DER (PKCS#8) private keys.</summary>
internal static class PrivateKeyReader
{
    public static PrivateKey Read(CryptoProvider crypto, ReadOnlySpan<byte> bytes, ReadOnlySpan<char> passphrase)
    {
        if (!PemEncoding.TryFindUtf8(bytes, out _))
            return crypto.ImportPrivateKey(bytes);
        var text = Encoding.ASCII.GetString(bytes);
        var rest = text.AsSpan();
        while (PemEncoding.TryFind(rest, out var pem))
        {
            var label = rest[pem.Label];
            var block = rest[pem.Location];
            var der = label switch
            {
                "PRIVATE KEY" => Convert.FromBase64String(rest[pem.Base64Data].ToString()),
                "ENCRYPTED PRIVATE KEY" => Decrypt(block, passphrase),
                "RSA PRIVATE KEY" => ReadRsa(block),
                "EC PRIVATE KEY" => ReadEc(block),
                _ => null,
            };
            if (der is not null)
            {
                try
                {
                    return crypto.ImportPrivateKey(der);
                }
                finally
                {
                    CryptographicOperations.ZeroMemory(der);
                }
            }
            rest = rest[pem.Location.End..];
        }
        throw new CryptographicException("no private key");
    }

    private static byte[] Decrypt(ReadOnlySpan<char> pem, ReadOnlySpan<char> passphrase)
    {
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportFromEncryptedPem(pem, passphrase);
            return rsa.ExportPkcs8PrivateKey();
        }
        catch (CryptographicException)
        {
            using var ec = ECDsa.Create();
            ec.ImportFromEncryptedPem(pem, passphrase);
            return ec.ExportPkcs8PrivateKey();
        }
    }

    private static byte[] ReadRsa(ReadOnlySpan<char> pem)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(pem);
        return rsa.ExportPkcs8PrivateKey();
    }

    private static byte[] ReadEc(ReadOnlySpan<char> pem)
    {
        using var ec = ECDsa.Create();
        ec.ImportFromPem(pem);
        return ec.ExportPkcs8PrivateKey();
    }
}
