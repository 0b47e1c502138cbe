namespace Latchkey.TicketExport;

/// <summary>Standard output, for a program that takes the keys from there: a line of Base64 for each key in the format's order, an empty line behind each set.</summary>
internal sealed class StandardOutputKeys : TicketKeyTarget
{
    private const string Descriptor = "/proc/self/fd/1";

    private readonly TicketKeyFormat _format;

    /// <exception cref="IOException">It is a file on persistent storage.</exception>
    public StandardOutputKeys(TicketKeyFormat format, bool allowDisk)
    {
        _format = format;
        // systemd.exec(5): which socket leads to the journal, whose files outlive everything.
        if (!allowDisk && Environment.GetEnvironmentVariable("JOURNAL_STREAM")?.Split(':') is [_, var journal] && File.ResolveLinkTarget(Descriptor, returnFinalTarget: false)?.Name == $"socket:[{journal}]")
            throw new IOException("--to -: standard output is the journal, where ticket keys would outlive their time (expected a pipe; --allow-disk overrides)");
        // "pipe:[1]" and the like are no paths.
        if (!allowDisk && File.ResolveLinkTarget(Descriptor, returnFinalTarget: false) is { FullName: var file } && File.Exists(file) && !file.StartsWith("/dev/", StringComparison.Ordinal) && !file.Contains(":[", StringComparison.Ordinal))
            MemoryFileSystem.Require(Path.GetDirectoryName(file)!, "-");
    }

    public override string Place => "standard output";

    public override async Task WriteAsync(TicketKeySet set, CancellationToken cancellationToken)
    {
        using var lines = _format.EncodeLines(set);
        await using var output = Console.OpenStandardOutput();
        output.Write(lines.Span);
        output.Write("\n"u8);
        await output.FlushAsync(cancellationToken);
    }
}
