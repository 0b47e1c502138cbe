namespace Latchkey.TicketExport;

/// <summary>A file with a line of Base64 for each key, as HAProxy reads it.</summary>
internal sealed class KeyFile(string path, TicketKeyFormat format, bool allowDisk) : TicketKeyTarget
{
    public override string Place => path;

    public override string? Warning => MemoryFileSystem.WarningOf(Path.GetDirectoryName(path)!);

    public override Task WriteAsync(TicketKeySet set, CancellationToken cancellationToken)
    {
        if (Directory.Exists(path))
            throw new IOException($"{path} is a folder (expected a file: {format.Name} reads its keys from one)");
        // Each time: what is mounted there may have changed.
        if (!allowDisk)
            MemoryFileSystem.Require(Path.GetDirectoryName(path)!, path);
        TrustedPlace.RequireFile(path);
        using var lines = format.EncodeLines(set);
        ReplacedFile.Write(path, lines.Span);
        return Task.CompletedTask;
    }
}
