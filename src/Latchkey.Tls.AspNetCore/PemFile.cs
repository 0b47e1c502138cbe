using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Latchkey.Tls.AspNetCore;

/// <summary>Reads the files that <see cref="KeylessHttpsOptions"/> names; errors say which file and what it should have been.</summary>
internal static class PemFile
{
    public static string Text(string path, string expected) => Read(path, expected, File.ReadAllText);

    public static byte[] Bytes(string path, string expected) => Read(path, expected, File.ReadAllBytes);

    private static T Read<T>(string path, string expected, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InvalidOperationException($"UseKeylessHttps: {Full(path)} cannot be read (expected {expected}): {e.Message}", e);
        }
    }

    public static X509Certificate2Collection Certificates(string path, string expected)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(Text(path, expected));
        }
        catch (CryptographicException e)
        {
            throw new InvalidOperationException($"UseKeylessHttps: {Full(path)} is not PEM (expected {expected}): {e.Message}", e);
        }

        return certificates.Count > 0 ? certificates : throw new InvalidOperationException($"UseKeylessHttps: {Full(path)} holds no certificate (expected {expected}).");
    }

    public static X509Certificate2 CertificateWithKey(string certificatePath, string keyPath)
    {
        var certificate = Text(certificatePath, "this process's certificate for the key server");
        var key = Text(keyPath, "the private key of this process's certificate for the key server");
        try
        {
            return X509Certificate2.CreateFromPem(certificate, key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InvalidOperationException($"UseKeylessHttps: {Full(certificatePath)} and {Full(keyPath)} are not a certificate and its private key: {e.Message}", e);
        }
    }

    public static string Full(string path) => path.Length == 0 ? "\"\"" : Path.GetFullPath(path);
}
