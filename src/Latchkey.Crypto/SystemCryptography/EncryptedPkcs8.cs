using System.Security.Cryptography;

namespace Latchkey.Crypto.SystemCryptography;

/// <summary>Encrypted PKCS#8 through the key types: the base library decrypts it only while importing.</summary>
internal static class EncryptedPkcs8
{
    internal static SecretBytes Decrypt(ReadOnlySpan<byte> encryptedPkcs8, ReadOnlySpan<byte> passphrase)
    {
        try
        {
            using var rsa = RSA.Create();
            return Import(rsa, encryptedPkcs8, passphrase);
        }
        catch (CryptographicException)
        {
            using var ecdsa = ECDsa.Create(); // decrypted, but perhaps not RSA
            return Import(ecdsa, encryptedPkcs8, passphrase);
        }
    }

    private static SecretBytes Import(AsymmetricAlgorithm key, ReadOnlySpan<byte> encryptedPkcs8, ReadOnlySpan<byte> passphrase)
    {
        // Bytes as passphrase serve PBES2; the char overload would do PKCS#12's UTF-16 schemes.
        key.ImportEncryptedPkcs8PrivateKey(passphrase, encryptedPkcs8, out _);
        byte[] pkcs8 = key.ExportPkcs8PrivateKey();
        try
        {
            return SecretBytes.CopyOf(pkcs8);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }
}
