namespace Latchkey.KeyServer.Keys;

/// <summary>Which files a configured path stands for.</summary>
internal static class KeyFolder
{
    // Exactly these: a backup such as x.key.bak or x.key~ is not a key.
    private static readonly string[] KeyEndings = [".key", ".pem", ".part", ".share"];
    private static readonly string[] CertificateEndings = [".pem", ".crt"];

    /// <summary>The files, in order of their names: the path itself, or what lies directly in the folder.</summary>
    /// <exception cref="KeyFilesException">No such file or folder, or it cannot be listed.</exception>
    public static IReadOnlyList<KeyFolderEntry> List(string path)
    {
        if (File.Exists(path))
            return [new KeyFolderEntry(path, MustHoldKey: true)];
        if (!Directory.Exists(path))
            throw new KeyFilesException(path, "no such file or folder (expected a key file, or a folder with *.key, *.part, *.share and *.pem)");
        try
        {
            return [.. Directory.EnumerateFiles(path)
                .Where(f => EndsWith(f, KeyEndings) || EndsWith(f, CertificateEndings))
                .Order(StringComparer.Ordinal)
                .Select(f => new KeyFolderEntry(f, MustHoldKey: EndsWith(f, [".key", ".part", ".share"])))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyFilesException(path, $"cannot be listed: {e.Message}", e);
        }
    }

    /// <summary>Files with certificates and nothing else that is wanted: the path itself, or what lies directly in the folder.</summary>
    /// <exception cref="KeyFilesException">No such file or folder, or it cannot be listed.</exception>
    public static IReadOnlyList<string> ListCertificates(string path) =>
        [.. List(path).Where(entry => entry.Path == path || EndsWith(entry.Path, CertificateEndings)).Select(entry => entry.Path)];

    private static bool EndsWith(string file, string[] endings) =>
        endings.Contains(Path.GetExtension(file), StringComparer.Ordinal);
}

/// <summary>A file to be read.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="MustHoldKey">Named in the configuration, <c>*.key</c>, <c>*.part</c> or <c>*.share</c>: without a private key it is an error.</param>
internal sealed record KeyFolderEntry(string Path, bool MustHoldKey);
