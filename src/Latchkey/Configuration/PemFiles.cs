using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Crypto;

namespace Latchkey.Configuration;

/// <summary>Reads the certificates and keys that a configuration names, with errors that name file and expectation.</summary>
internal static class PemFiles
{
    /// <summary>A PEM chain, the leaf first; a single DER certificate will do too.</summary>
    public static IReadOnlyList<X509Certificate2> CertificateChain(this ConfigurationValue value)
    {
        const string expected = "a PEM certificate chain";
        var file = value.FullPath(expected);
        var certificates = ReadCertificates(value, file, expected);
        return certificates.Count > 0 ? [.. certificates] : throw value.Error($"no certificate in {file} (expected {expected})");
    }

    /// <summary>PEM certificates to trust, one or more.</summary>
    public static X509Certificate2Collection Authorities(this ConfigurationValue value)
    {
        const string expected = "PEM certificates of the authorities to trust";
        var file = value.FullPath(expected);
        var certificates = ReadCertificates(value, file, expected);
        return certificates.Count > 0 ? certificates : throw value.Error($"no certificate in {file} (expected {expected})");
    }

    /// <summary>What is in a file.</summary>
    public static byte[] Bytes(this ConfigurationValue value, string expected) => ReadBytes(value, value.FullPath(expected), expected);

    /// <summary>A certificate with its own private key, for the link between edge and key server.</summary>
    public static X509Certificate2 CertificateWithKey(ConfigurationValue certificate, ConfigurationValue key)
    {
        var leaf = certificate.CertificateChain()[0];
        var file = key.MatchingKeyFile(leaf, certificate.FullPath(""));
        try
        {
            return X509Certificate2.CreateFromPem(leaf.ExportCertificatePem(), File.ReadAllText(file));
        }
        catch (CryptographicException e)
        {
            throw key.Error($"{file} cannot be used for this link: {e.Message.TrimEnd('.')} (expected an RSA or ECDSA key in PEM)");
        }
    }

    /// <summary>Says that the file holds the private key of that certificate.</summary>
    /// <returns>Its full path.</returns>
    public static string MatchingKeyFile(this ConfigurationValue value, X509Certificate2 certificate, string certificateFile)
    {
        const string expected = "a PEM private key";
        var file = value.FullPath(expected);
        var bytes = ReadBytes(value, file, expected);
        try
        {
            using var key = PrivateKeyReader.Read(CryptoProvider.Default, bytes);
            if (key.SubjectPublicKeyInfo.Span.SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo()))
                return file;
        }
        catch (CryptographicException e)
        {
            throw value.Error($"no usable private key in {file}: {e.Message.TrimEnd('.')} (expected an unencrypted private key)");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
        throw value.Error($"{file} does not match {certificateFile} (expected the private key of that certificate)");
    }

    private static X509Certificate2Collection ReadCertificates(ConfigurationValue value, string file, string expected)
    {
        var bytes = ReadBytes(value, file, expected);
        var certificates = new X509Certificate2Collection();
        try
        {
            if (bytes is [0x30, ..])
                certificates.Add(X509CertificateLoader.LoadCertificate(bytes));
            else
                certificates.ImportFromPem(System.Text.Encoding.ASCII.GetString(bytes));
        }
        catch (CryptographicException e)
        {
            throw value.Error($"not a certificate: {file}: {e.Message.TrimEnd('.')} (expected {expected})");
        }
        return certificates;
    }

    private static byte[] ReadBytes(ConfigurationValue value, string file, string expected)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw value.Error($"file not found: {file} (expected {expected})");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw value.Error($"cannot read {file}: {e.Message.TrimEnd('.')} (expected {expected})");
        }
    }
}
