namespace Latchkey.Configuration;

/// <summary>A configuration that cannot be used. The message is the one line the operator sees: file, path in it, what was
/// expected. Ends the program with exit code 2.</summary>
internal sealed class ConfigurationException(string source, string path, string message)
    : Exception(path.Length == 0 ? $"{source}: {message}" : $"{source}: {path}: {message}");
