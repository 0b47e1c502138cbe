using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Splitting;

/// <summary>A private key that is to be split, and one that was joined.</summary>
internal static class WholeKeyFile
{
    private const string Label = "PRIVATE KEY";

    /// <summary>Its PKCS#8, which the caller owns, and its public half; makes sure that the two belong together.</summary>
    /// <param name="passphraseFile">For encrypted PEM; null for none.</param>
    /// <exception cref="IOException">It cannot be read; the message says why.</exception>
    public static SecretBytes Read(string file, string? passphraseFile, out byte[] subjectPublicKeyInfo)
    {
        var bytes = SecretFiles.Read(file);
        var passphrase = passphraseFile is null ? [] : SecretFiles.Read(passphraseFile);
        try
        {
            var end = passphrase.AsSpan().IndexOfAny((byte)'\r', (byte)'\n');
            var secret = end < 0 ? passphrase : passphrase.AsSpan(0, end);
            using var key = PrivateKeyReader.Read(CryptoProvider.Default, bytes, secret);
            subjectPublicKeyInfo = key.SubjectPublicKeyInfo.ToArray();
            return PrivateKeyReader.ReadPkcs8(CryptoProvider.Default, bytes, secret);
        }
        catch (CryptographicException e)
        {
            throw new IOException($"{file}: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
            CryptographicOperations.ZeroMemory(passphrase);
        }
    }

    /// <summary>Writes PKCS#8 as PEM into a new file.</summary>
    /// <exception cref="IOException">There is such a file already.</exception>
    public static void Write(string file, ReadOnlySpan<byte> pkcs8)
    {
        using var pem = SplittingPem.Write(Label, pkcs8);
        SecretFiles.Write(file, pem.Span);
    }

    /// <summary>Makes sure that a joined key is the one that was split.</summary>
    /// <exception cref="KeyPartException">It is another, or none.</exception>
    public static void Check(ReadOnlySpan<byte> pkcs8, ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        try
        {
            using var key = PrivateKeyReader.Read(CryptoProvider.Default, pkcs8);
            if (key.SubjectPublicKeyInfo.Span.SequenceEqual(subjectPublicKeyInfo))
                return;
        }
        catch (CryptographicException e)
        {
            throw new KeyPartException($"The parts do not give a private key: {e.Message}", e);
        }
        throw new KeyPartException("The parts give another key than the one whose public half they carry.");
    }
}
