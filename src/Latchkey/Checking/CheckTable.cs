namespace Latchkey.Checking;

/// <summary>Prints results in columns.</summary>
internal static class CheckTable
{
    public static void Write(IReadOnlyList<CheckResult> results, TextWriter output)
    {
        string[][] rows =
        [
            ["site", "certificate", "key", "held by", "handshake", "result"],
            .. results.Select(result => new[] { result.Site, Path.GetFileName(result.Certificate), result.Key, result.Holder, result.Handshake, (result.Passed ? "ok      " : "FAILED  ") + result.Outcome }),
        ];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}
