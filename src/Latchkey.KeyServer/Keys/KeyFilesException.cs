namespace Latchkey.KeyServer.Keys;

/// <summary>A key file or folder that cannot be used. The message names the path and what was expected, nothing secret.</summary>
public sealed class KeyFilesException : Exception
{
    /// <summary>With the path that is to blame.</summary>
    public KeyFilesException(string path, string problem, Exception? cause = null)
        : base($"{path}: {problem}", cause) => Path = path;

    /// <summary>The file or folder.</summary>
    public string Path { get; }
}
