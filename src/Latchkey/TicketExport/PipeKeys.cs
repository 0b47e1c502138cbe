namespace Latchkey.TicketExport;

/// <summary>A named pipe: whoever reads it gets one set of keys, a line of Base64 each in the format's order, then its end.</summary>
internal sealed class PipeKeys(string path, TicketKeyFormat format) : TicketKeyTarget
{
    public override string Place => path;

    // Opening waits for a reader, which a thread of the pool does: cancelling leaves it behind.
    public override async Task WriteAsync(TicketKeySet set, CancellationToken cancellationToken)
    {
        TrustedPlace.RequireFile(path);
        var lines = format.EncodeLines(set);
        await Task.Run(
            () =>
            {
                using (lines)
                {
                    using var pipe = new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0 });
                    pipe.Write(lines.Span);
                }
            },
            CancellationToken.None).WaitAsync(cancellationToken);
    }
}
