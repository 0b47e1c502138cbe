namespace Latchkey.Configuration;

/// <summary>Reads <c>upstream</c>.</summary>
internal static class UpstreamConfigReader
{
    private const string Expected = "http://host:port, https://host:port, tcp://host:port or file:folder";

    public static UpstreamConfig Read(ConfigurationValue value, ConfigurationValue authorities)
    {
        var text = value.Text(Expected);
        if (text.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            return ReadFiles(value, text["file:".Length..]);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.UserInfo.Length > 0)
            throw value.Error($"expected {Expected}, found \"{text}\"");
        if (authorities.Exists && uri.Scheme != "https")
            throw authorities.Error("stands beside an upstream that is not https (expected it with https:// only)");
        return uri.Scheme switch
        {
            "http" or "https" when uri is { Query: "", Fragment: "" } => new UpstreamConfig.Http(uri, authorities.Exists ? authorities.Authorities() : null),
            "tcp" when uri is { Port: > 0, PathAndQuery: "/" or "" } => new UpstreamConfig.Tcp(uri.IdnHost, uri.Port),
            _ => throw value.Error($"expected {Expected}, found \"{text}\""),
        };
    }

    private static UpstreamConfig.Files ReadFiles(ConfigurationValue value, string path)
    {
        var folder = value.Relative(path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path);
        return Directory.Exists(folder) ? new UpstreamConfig.Files(folder) : throw value.Error($"folder not found: {folder} (expected file:folder, a folder to serve)");
    }
}
