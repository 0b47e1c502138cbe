using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Crypto;
using Latchkey.KeyServer.Requests;

namespace Latchkey.Configuration;

/// <summary>Reads the keys that requests are signed with (L3): the edge's private one, and the public ones that a key server knows.</summary>
internal static class RequestKeyFiles
{
    /// <summary>null: it is not there.</summary>
    /// <exception cref="ConfigurationException">The one line to print.</exception>
    public static PrivateKey? ReadPrivate(ConfigurationValue value)
    {
        const string expected = "a PEM private key of the edge's own, ECDSA, Ed25519 or RSA";
        return value.Exists ? Read(value, expected, PrivateKeyFile.Read) : null;
    }

    /// <summary>Reads <c>edges</c>.</summary>
    /// <exception cref="ConfigurationException">The one line to print.</exception>
    public static List<EdgeRequestKey> ReadEdges(ConfigurationValue value) =>
        [.. value.Items("an array of { \"name\": \"edge.example.com\", \"requestKey\": \"edge-request.pub\" }").Select(ReadEdge)];

    private static EdgeRequestKey ReadEdge(ConfigurationValue edge)
    {
        edge.Only("name", "requestKey");
        return new EdgeRequestKey(edge["name"].Text("a name in the edge's certificate"), Read(edge["requestKey"], "a PEM public key or certificate", PublicKeyIn));
    }

    private static ReadOnlyMemory<byte> PublicKeyIn(string file)
    {
        var text = File.ReadAllText(file);
        var pem = PemEncoding.Find(text);
        var bytes = Convert.FromBase64String(text[pem.Base64Data]);
        if (!text[pem.Label].Contains("CERTIFICATE", StringComparison.Ordinal))
        {
            using var key = CryptoProvider.Default.ImportPublicKey(bytes);
            return key.SubjectPublicKeyInfo.ToArray();
        }
        using var certificate = X509CertificateLoader.LoadCertificate(bytes);
        return certificate.PublicKey.ExportSubjectPublicKeyInfo();
    }

    private static T Read<T>(ConfigurationValue value, string expected, Func<string, T> read)
    {
        var file = value.FullPath(expected);
        if (!File.Exists(file))
            throw value.Error($"file not found: {file} (expected {expected})");
        try
        {
            return read(file);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw value.Error($"{file}: {e.Message} (expected {expected})");
        }
    }
}
