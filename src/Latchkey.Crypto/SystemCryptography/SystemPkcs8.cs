using System.Security.Cryptography;

namespace Latchkey.Crypto.SystemCryptography;

/// <summary>PKCS#8 of the base library's keys, without a copy that nobody zeroes.</summary>
internal static class SystemPkcs8
{
    private const int LargestKey = 16 * 1024;

    internal static SecretBytes Export(AsymmetricAlgorithm key)
    {
        using var room = new SecretBytes(LargestKey);
        return key.TryExportPkcs8PrivateKey(room.Span, out var written)
            ? SecretBytes.CopyOf(room.Span[..written])
            : throw new CryptographicException($"The private key has more than {LargestKey} bytes.");
    }
}
