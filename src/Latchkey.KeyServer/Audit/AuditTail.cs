namespace Latchkey.KeyServer.Audit;

/// <summary>Where a log ended when its key server was last there, so that it goes on from there.</summary>
/// <param name="Last">The last whole record, or what the head file knows beyond it.</param>
/// <param name="Torn">Bytes of an unfinished record behind it.</param>
/// <param name="Lost">Records that the head file knows of and the log has not.</param>
internal sealed record AuditTail(AuditHead Last, long Torn, long Lost)
{
    private const int LargestRecord = 64 * 1024;

    /// <summary>Reads the end of the log in a folder. The chain goes on from what was known last: what is missing in between stays visible.</summary>
    public static AuditTail Read(string folder)
    {
        var head = AuditHead.Read(folder) ?? AuditHead.Start;
        var (last, torn) = ReadLastRecord(folder);
        var isBehind = head.Number > last.Number || (head.Number == last.Number && !head.Hash.AsSpan().SequenceEqual(last.Hash));
        return isBehind ? new AuditTail(head, torn, Math.Max(1, head.Number - last.Number)) : new AuditTail(last, torn, 0);
    }

    // A file without one whole record was begun in the moment that its key server ended; nothing is lost with it.
    private static (AuditHead Last, long Torn) ReadLastRecord(string folder)
    {
        foreach (var path in AuditFile.All(folder).Reverse())
        {
            var end = ReadEnd(path);
            var newline = end.LastIndexOf((byte)'\n');
            var before = newline < 0 ? -1 : end[..newline].LastIndexOf((byte)'\n');
            if (newline >= 0 && AuditLine.TryRead(end[(before + 1)..newline], out var line))
                return (new AuditHead(line.Number, line.Hash), end.Length - newline - 1);
            if (newline >= 0 || end.Length == LargestRecord)
                throw new IOException($"{path}: the last line is no audit record; move the log away, or repair it (latchkey audit verify)");
            File.Delete(path);
        }
        return (AuditHead.Start, 0);
    }

    private static ReadOnlySpan<byte> ReadEnd(string path)
    {
        using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(file);
        var end = new byte[(int)Math.Min(length, LargestRecord)];
        var read = RandomAccess.Read(file, end, length - end.Length);
        return end.AsSpan(0, read);
    }
}
