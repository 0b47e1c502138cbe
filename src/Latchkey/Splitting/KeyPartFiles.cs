using System.Security.Cryptography;

namespace Latchkey.Splitting;

/// <summary>Reads parts from files.</summary>
internal static class KeyPartFiles
{
    /// <summary>The caller owns it.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="KeyPartException">It holds no part, or a damaged one; the message names the file.</exception>
    public static KeyPart Read(string file)
    {
        var bytes = SecretFiles.Read(file);
        try
        {
            return KeyPartFile.TryRead(bytes) ?? throw new KeyPartException($"there is no part of a key in it (expected a block {KeyPartFile.Label})");
        }
        catch (KeyPartException e)
        {
            throw new KeyPartException($"{file}: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
