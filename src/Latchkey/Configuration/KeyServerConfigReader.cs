using Latchkey.KeyServer;

namespace Latchkey.Configuration;

/// <summary>Reads keyserver.json.</summary>
internal static class KeyServerConfigReader
{
    /// <summary>What may stand at the top.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["listen", "admin", "certificate", "key", "clientCa", "keys", "drainSeconds"];

    /// <exception cref="ConfigurationException">The one line to print.</exception>
    public static KeyServerConfig Load(string file, params IReadOnlyCollection<string> overrides)
    {
        var document = ConfigurationDocument.Load(file, Names, overrides);
        var root = document.Root.Only(Names);
        var certificate = PemFiles.CertificateWithKey(root["certificate"], root["key"]);
        var warnings = new List<string>();
        CertificateDates.Warn(warnings, root["certificate"], certificate);
        return new KeyServerConfig
        {
            File = document.File,
            Listen = root["listen"].ListenEndPoint(),
            Admin = root["admin"].Exists ? root["admin"].ListenEndPoint() : null,
            Certificate = certificate,
            ClientAuthorities = root["clientCa"].Authorities(),
            Keys = ReadKeys(root["keys"]),
            Drain = root["drainSeconds"].Seconds(10, 0, 3600),
            Warnings = warnings,
        };
    }

    private static List<KeySource> ReadKeys(ConfigurationValue keys)
    {
        const string expected = "an array of { \"path\": file or folder, \"rawOperations\": false }";
        var sources = keys.Items(expected).Select(ReadKeySource).ToList();
        return sources.Count > 0 ? sources : throw keys.Error($"missing (expected {expected})");
    }

    private static KeySource ReadKeySource(ConfigurationValue source)
    {
        source.Only("path", "rawOperations", "passphraseFile");
        const string expected = "a key file, or a folder with *.key and *.pem";
        var path = source["path"].FullPath(expected);
        if (!File.Exists(path) && !Directory.Exists(path))
            throw source["path"].Error($"file not found: {path} (expected {expected})");
        return new KeySource
        {
            Path = path,
            RawOperations = source["rawOperations"].Boolean(false),
            PassphraseFile = ReadPassphraseFile(source["passphraseFile"]),
        };
    }

    private static string? ReadPassphraseFile(ConfigurationValue value)
    {
        const string expected = "a file whose first line is the passphrase";
        if (!value.Exists)
            return null;
        var file = value.FullPath(expected);
        return File.Exists(file) ? file : throw value.Error($"file not found: {file} (expected {expected})");
    }
}
