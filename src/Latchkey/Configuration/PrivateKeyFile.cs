using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Configuration;

/// <summary>Reads a site's local key, whose file the configuration has checked.</summary>
internal static class PrivateKeyFile
{
    /// <summary>The caller disposes it.</summary>
    /// <exception cref="CryptographicException">It is no longer what it was; the message says why.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static PrivateKey Read(string file)
    {
        var bytes = File.ReadAllBytes(file);
        try
        {
            return PrivateKeyReader.Read(CryptoProvider.Default, bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
