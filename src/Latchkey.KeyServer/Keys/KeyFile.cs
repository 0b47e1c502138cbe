using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Crypto;
using Latchkey.Splitting;
using Latchkey.Splitting.Threshold;

namespace Latchkey.KeyServer.Keys;

/// <summary>What one file holds: private keys, certificates, or both.</summary>
internal sealed class KeyFile
{
    private const long LargestFile = 1024 * 1024;

    private KeyFile(string path) => Path = path;

    public string Path { get; }

    /// <summary>The private key; null in a file of certificates. Belongs to whoever reads the file.</summary>
    public PrivateKey? Key { get; private set; }

    /// <summary>DER certificates.</summary>
    public List<byte[]> Certificates { get; } = [];

    /// <summary>Reads PEM or DER.</summary>
    /// <exception cref="KeyFilesException">Unreadable, too large, neither key nor certificate, wrong passphrase.</exception>
    public static KeyFile Read(string path, ReadOnlySpan<byte> passphrase, CryptoProvider crypto)
    {
        var bytes = ReadBytes(path);
        try
        {
            var file = new KeyFile(path);
            file.ReadCertificates(bytes);
            file.ReadKey(bytes, passphrase, crypto);
            return file.Key is not null || file.Certificates.Count > 0
                ? file
                : throw new KeyFilesException(path, "expected a private key or a certificate (PEM or DER), found neither");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            using var handle = File.OpenHandle(path);
            var length = RandomAccess.GetLength(handle);
            if (length > LargestFile)
                throw new KeyFilesException(path, $"{length} bytes are too many for a key file (expected at most {LargestFile})");
            // Not a growing buffer: it would leave copies of the key behind.
            var bytes = new byte[length];
            var read = RandomAccess.Read(handle, bytes, 0);
            return read == length ? bytes : throw new KeyFilesException(path, "it changed while it was read");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyFilesException(path, $"cannot be read: {e.Message}", e);
        }
    }

    private void ReadCertificates(ReadOnlySpan<byte> bytes)
    {
        var rest = bytes;
        while (PemEncoding.TryFindUtf8(rest, out var pem))
        {
            if (rest[pem.Label].SequenceEqual("CERTIFICATE"u8))
                AddCertificate(Convert.FromBase64String(System.Text.Encoding.ASCII.GetString(rest[pem.Base64Data])));
            rest = rest[pem.Location.End..];
        }
        if (IsDer(bytes) && TryLoad(bytes) is { } der)
            Certificates.Add(der); // as .crt files often are
    }

    private void AddCertificate(byte[] der) =>
        Certificates.Add(TryLoad(der) ?? throw new KeyFilesException(Path, "one of its certificates cannot be read"));

    private static byte[]? TryLoad(ReadOnlySpan<byte> der)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            CertificateNames.Describe(certificate); // reads the extensions that will be needed: damaged ones belong to this file
            return certificate.RawData;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private void ReadKey(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> passphrase, CryptoProvider crypto)
    {
        try
        {
            if (HoldsKey(bytes))
                Key = PrivateKeyReader.Read(crypto, bytes, passphrase);
            else if (KeyPartFile.TryRead(bytes) is { } part)
                Key = new SplitKey(part);
            else if (ThresholdShare.TryRead(bytes) is { } share)
                Key = share.IsWhole ? share : throw new KeyPartException($"{share} is not the one that was made: it has been altered or damaged.");
        }
        catch (Exception e) when (e is CryptographicException or KeyPartException)
        {
            throw new KeyFilesException(Path, e.Message, e);
        }
    }

    private bool HoldsKey(ReadOnlySpan<byte> bytes)
    {
        if (IsDer(bytes))
            return Certificates.Count == 0;
        while (PemEncoding.TryFindUtf8(bytes, out var pem))
        {
            if (bytes[pem.Label].EndsWith("PRIVATE KEY"u8))
                return true;
            bytes = bytes[pem.Location.End..];
        }
        return false;
    }

    private static bool IsDer(ReadOnlySpan<byte> bytes) => bytes is [0x30, ..] && !PemEncoding.TryFindUtf8(bytes, out _);
}
