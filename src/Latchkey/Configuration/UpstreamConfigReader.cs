namespace Latchkey.Configuration;

/// <summary>Reads <c>upstream</c>.</summary>
internal static class UpstreamConfigReader
{
    private const string Expected = "http://host:port, https://host:port, tcp://host:port or file:folder";

    /// <param name="site">The site's entry.</param>
    public static UpstreamConfig Read(ConfigurationValue site, Dictionary<string, KeyServerLinkConfig> keyServers)
    {
        var (value, authorities) = (site["upstream"], site["upstreamCa"]);
        var text = value.Text(Expected);
        if (text.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            return ReadFiles(value, text["file:".Length..], site["maxAgeSeconds"]);
        if (site["maxAgeSeconds"].Exists)
            throw site["maxAgeSeconds"].Error("stands beside an upstream that is not file: (expected it with file: only, others say themselves what may be kept)");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.UserInfo.Length > 0)
            throw value.Error($"expected {Expected}, found \"{text}\"");
        if (authorities.Exists && uri.Scheme != "https")
            throw authorities.Error("stands beside an upstream that is not https (expected it with https:// only)");
        var link = ReadLink(site["upstreamKeyServer"], keyServers, uri, authorities);
        return uri.Scheme switch
        {
            "http" or "https" when uri is { Query: "", Fragment: "" } => new UpstreamConfig.Http(uri, link?.Authorities ?? (authorities.Exists ? authorities.Authorities() : null), link?.Certificate),
            "tcp" when uri is { Port: > 0, PathAndQuery: "/" or "" } => new UpstreamConfig.Tcp(uri.IdnHost, uri.Port),
            _ => throw value.Error($"expected {Expected}, found \"{text}\""),
        };
    }

    private static KeyServerLinkConfig? ReadLink(ConfigurationValue value, Dictionary<string, KeyServerLinkConfig> keyServers, Uri upstream, ConfigurationValue authorities)
    {
        if (value.OptionalText("a name of keyServers") is not { } name)
            return null;
        if (upstream.Scheme != "https" || authorities.Exists)
            throw value.Error("stands beside upstreamCa or an upstream that is not https (expected it with https:// only; the authorities are the link's)");
        return keyServers.TryGetValue(name, out var link)
            ? link
            : throw value.Error($"unknown \"{name}\" (expected a name of keyServers: {(keyServers.Count == 0 ? "there are none" : string.Join(", ", keyServers.Keys))})");
    }

    private static UpstreamConfig.Files ReadFiles(ConfigurationValue value, string path, ConfigurationValue maxAge)
    {
        var folder = value.Relative(path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path);
        return Directory.Exists(folder) ? new UpstreamConfig.Files(folder, maxAge.Exists ? maxAge.Seconds(0, 0, 365 * 24 * 3600) : null) : throw value.Error($"folder not found: {folder} (expected file:folder, a folder to serve)");
    }
}
