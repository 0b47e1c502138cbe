namespace Latchkey.Testing;

/// <summary>Other people's programs, by name.</summary>
public static class Tool
{
    /// <summary>xunit.v3 reports a test whose exception starts with this as skipped, the rest being the reason.</summary>
    private const string DynamicSkip = "$XunitDynamicSkip$";

    /// <summary>The full path of <paramref name="name"/>, or null when it is not installed.</summary>
    public static string? Find(string name)
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        return path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/go/bin"])
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>The path of the first of <paramref name="names"/>; the test is skipped, naming what is missing, unless all are there.</summary>
    public static string SkipUnless(params string[] names)
    {
        var missing = names.Where(name => Find(name) is null).ToArray();
        return missing.Length == 0
            ? Find(names[0])!
            : throw new ToolMissingException($"{DynamicSkip}not installed: {string.Join(", ", missing)}");
    }
}

/// <summary>A program that a test drives is not installed; xunit reports the test as skipped.</summary>
public sealed class ToolMissingException(string message) : Exception(message);
