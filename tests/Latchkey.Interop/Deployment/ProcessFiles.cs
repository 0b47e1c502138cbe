namespace Latchkey.Interop.Deployment;

/// <summary>The files that a process has mapped or open (Linux, same user or root): where its memory could come to lie on a disk.</summary>
internal static class ProcessFiles
{
    /// <summary>Existing ones, each once.</summary>
    public static IReadOnlySet<string> Of(int process)
    {
        var files = new HashSet<string>(File.ReadLines($"/proc/{process}/maps")
            .Select(line => line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length == 6 && fields[5].StartsWith('/'))
            .Select(fields => fields[5]));
        foreach (var descriptor in Directory.EnumerateFiles($"/proc/{process}/fd"))
        {
            if (File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.FullName is { } target)
                files.Add(target);
        }

        files.RemoveWhere(file => !File.Exists(file) || file.StartsWith("/proc/", StringComparison.Ordinal) || file.StartsWith("/dev/", StringComparison.Ordinal));
        return files;
    }
}
