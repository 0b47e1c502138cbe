using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Configuration;

/// <summary>Reads a file of random bytes that several machines share.</summary>
internal static class SecretFile
{
    private const int MinSize = 32;

    /// <summary>The whole file; the caller owns it.</summary>
    /// <param name="expected">For the error.</param>
    /// <exception cref="ConfigurationException">There is none, or it is too short.</exception>
    public static SecretBytes Read(ConfigurationValue value, string expected)
    {
        var file = value.FullPath(expected);
        if (!File.Exists(file))
            throw value.Error($"file not found: {file} (expected {expected})");
        var bytes = File.ReadAllBytes(file);
        try
        {
            return bytes.Length >= MinSize ? SecretBytes.CopyOf(bytes) : throw value.Error($"{file} has {bytes.Length} bytes (expected {expected})");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
