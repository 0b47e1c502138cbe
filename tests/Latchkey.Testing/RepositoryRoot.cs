namespace Latchkey.Testing;

/// <summary>Where the repository lies, found by walking up from the test program.</summary>
public static class RepositoryRoot
{
    public static string Path { get; } = Find();

    public static string File(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>The vectors' folder: <c>LATCHKEY_VECTORS</c>, or <c>../shared/vectors</c> beside the repository. May not exist.</summary>
    public static string Vectors =>
        Environment.GetEnvironmentVariable("LATCHKEY_VECTORS")
        ?? System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, "..", "shared", "vectors"));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(System.IO.Path.Combine(folder.FullName, "Latchkey.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No Latchkey.slnx above {AppContext.BaseDirectory}.");
    }
}
