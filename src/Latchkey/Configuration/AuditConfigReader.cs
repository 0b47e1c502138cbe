using Latchkey.KeyServer.Audit;

namespace Latchkey.Configuration;

/// <summary>Reads <c>audit</c> of keyserver.json.</summary>
internal static class AuditConfigReader
{
    private const int MiB = 1024 * 1024;

    /// <summary>null: it is not there.</summary>
    /// <exception cref="ConfigurationException">The one line to print.</exception>
    public static AuditOptions? Read(ConfigurationValue value)
    {
        if (!value.Exists)
            return null;
        value.Only("folder", "required", "maxFileMegabytes", "checkpointSeconds", "syncToDisk");
        const string expected = "a folder of this key server's own";
        var folder = value["folder"].FullPath(expected);
        var defaults = new AuditOptions { Folder = folder };
        return new AuditOptions
        {
            Folder = File.Exists(folder) ? throw value["folder"].Error($"{folder} is a file (expected {expected})") : folder,
            Required = value["required"].Boolean(defaults.Required),
            MaxFileBytes = (long)value["maxFileMegabytes"].Number((int)(defaults.MaxFileBytes / MiB), 1, 1 << 20) * MiB,
            CheckpointInterval = value["checkpointSeconds"].Seconds(defaults.CheckpointInterval.TotalSeconds, 1, 3600),
            SyncToDisk = value["syncToDisk"].Boolean(defaults.SyncToDisk),
        };
    }
}
