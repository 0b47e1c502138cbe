using System.Text;

namespace Latchkey.TicketExport;

/// <summary>
/// A folder for nginx: a file for each key, named after the key, and <c>ticket-keys.conf</c> that names them in order, to be included. A key's file never changes, so that a
/// configuration and the keys it names always belong together, whenever nginx reads them.
/// </summary>
internal sealed class KeyFolder(string folder, TicketKeyFormat format, bool allowDisk) : TicketKeyTarget
{
    public const string Configuration = "ticket-keys.conf";

    private const string Extension = ".key";

    public override string Place => Path.Combine(folder, Configuration);

    public override string? Warning => MemoryFileSystem.WarningOf(Directory.Exists(folder) ? folder : Path.GetDirectoryName(folder)!);

    public override Task WriteAsync(TicketKeySet set, CancellationToken cancellationToken)
    {
        if (File.Exists(folder))
            throw new IOException($"{folder} is a file (expected a folder: nginx reads each key from a file of its own)");
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // Each time: what is mounted there may have changed.
        if (!allowDisk)
            MemoryFileSystem.Require(folder, folder);
        TrustedPlace.RequireFolder(folder);
        var configuration = new StringBuilder("# Written by latchkey; the first key seals, all open.\n");
        var files = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in set.Keys)
        {
            using var encoded = format.Encode(key);
            // By the ticket's name: public, and the same at every machine.
            var file = Path.Combine(folder, Convert.ToHexStringLower(encoded.Span[..16]) + Extension);
            if (!File.Exists(file))
                ReplacedFile.Write(file, encoded.Span);
            configuration.Append("ssl_session_ticket_key \"").Append(file).Append("\";\n");
            files.Add(file);
        }
        ReplacedFile.Write(Place, Encoding.UTF8.GetBytes(configuration.ToString()));
        foreach (var file in Directory.EnumerateFiles(folder, "*" + Extension).Where(file => IsOurs(file) && !files.Contains(file)))
            ReplacedFile.Remove(file);
        return Task.CompletedTask;
    }

    private static bool IsOurs(string file) => Path.GetFileNameWithoutExtension(file) is { Length: 32 } name && name.All(char.IsAsciiHexDigitLower);
}
