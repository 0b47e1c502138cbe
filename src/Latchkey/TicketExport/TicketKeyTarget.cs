namespace Latchkey.TicketExport;

/// <summary>Where exported keys are put.</summary>
internal abstract class TicketKeyTarget
{
    /// <summary>For logs and messages.</summary>
    public abstract string Place { get; }

    /// <summary>What works but should be known; null: nothing.</summary>
    public virtual string? Warning => null;

    /// <summary>Puts the keys in the place of those that were there.</summary>
    /// <exception cref="IOException">It could not be done; what was there may still be.</exception>
    public abstract Task WriteAsync(TicketKeySet set, CancellationToken cancellationToken);

    /// <summary>The target of <c>--to</c>.</summary>
    /// <param name="allowDisk">Whether files may lie where they outlive the machine's memory.</param>
    /// <exception cref="IOException">It is not in memory, not this program's own, or nothing that the format can be written to.</exception>
    public static TicketKeyTarget Open(string to, TicketKeyFormat format, bool allowDisk)
    {
        if (to == "-")
            return new StandardOutputKeys(format, allowDisk);
        var path = Path.GetFullPath(to);
        if (Directory.Exists(path))
            TrustedPlace.RequireFolder(path);
        else
            TrustedPlace.RequireFile(path);
        if (MemoryFileSystem.IsPipe(path))
            return new PipeKeys(path, format);
        if (!allowDisk)
            MemoryFileSystem.Require(Directory.Exists(path) ? path : Path.GetDirectoryName(path)!, to);
        return format is NginxTicketKeys ? new KeyFolder(path, format, allowDisk) : new KeyFile(path, format, allowDisk);
    }
}
