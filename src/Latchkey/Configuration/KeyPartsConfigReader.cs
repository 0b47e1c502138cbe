using System.Security.Cryptography.X509Certificates;
using Latchkey.Splitting;

namespace Latchkey.Configuration;

/// <summary>Reads <c>keyParts</c>: the parts of a certificate's split key that this edge has (S4).</summary>
internal static class KeyPartsConfigReader
{
    private const string Expected = "an array of files made by latchkey split, as in [\"site-1.part\"]";

    /// <summary>Full paths; empty where there are none. Each has been read and belongs to the certificate.</summary>
    public static IReadOnlyList<string> Read(ConfigurationValue value, X509Certificate2 certificate, bool local)
    {
        if (local && value.Exists)
            throw value.Error("stands beside key (expected keyParts only where keyServer has the rest of the key)");
        var files = new List<string>();
        foreach (var item in value.Items(Expected))
        {
            var file = item.FullPath("a file made by latchkey split");
            using var part = ReadPart(item, file);
            if (!part.SubjectPublicKeyInfo.Span.SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo()))
                throw item.Error($"{file} is {part}, not a part of the certificate's key");
            if (part.Threshold <= files.Count + 1)
                throw item.Error($"{file} would complete the key at the edge (expected fewer than {part.Threshold} parts here)");
            files.Add(file);
        }
        return files;
    }

    private static KeyPart ReadPart(ConfigurationValue item, string file)
    {
        try
        {
            return KeyPartFiles.Read(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or KeyPartException)
        {
            throw item.Error($"cannot be used: {e.Message.TrimEnd('.')} (expected a file made by latchkey split)");
        }
    }
}
