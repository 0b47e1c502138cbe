using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Configuration;

namespace Latchkey.Demo;

/// <summary>Looks through a folder for private keys, and at whose they are.</summary>
internal static class KeyProof
{
    /// <summary>One line for each file: what it is.</summary>
    /// <param name="folder">Where an edge runs.</param>
    /// <param name="found">Whether a private key of a certificate is in it that is not the link's own (<c>edge.pem</c>).</param>
    public static IReadOnlyList<string> Examine(string folder, out bool found)
    {
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order().ToList();
        var certificates = files.SelectMany(file => Certificates(file).Select(certificate => (file, certificate))).ToList();
        var lines = new List<string>();
        found = false;
        foreach (var file in files)
        {
            var owner = PublicKeyIn(file) is { } key
                ? certificates.FirstOrDefault(pair => pair.certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key)).file ?? "an unknown certificate"
                : null;
            var isLink = owner is not null && Path.GetFileName(owner) == "edge.pem";
            found |= owner is not null && !isLink;
            lines.Add($"{Path.GetRelativePath(folder, file),-12} {Describe(file, owner, isLink, certificates.Any(pair => pair.file == file))}");
        }
        return lines;
    }

    private static string Describe(string file, string? owner, bool isLink, bool isCertificate)
    {
        if (owner is not null)
            return isLink ? "private key of edge.pem: opens the link to the key server, no site" : $"PRIVATE KEY OF {owner}";
        if (isCertificate)
            return "certificate";
        return Path.GetExtension(file) == ".json" ? "configuration" : "no private key";
    }

    private static X509Certificate2Collection Certificates(string file)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(file);
        }
        catch (CryptographicException)
        {
            // Not a certificate; what else it is, is asked elsewhere.
        }
        return certificates;
    }

    private static byte[]? PublicKeyIn(string file)
    {
        try
        {
            using var key = PrivateKeyFile.Read(file);
            return key.SubjectPublicKeyInfo.ToArray();
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
