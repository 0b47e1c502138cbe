namespace Latchkey.Configuration;

/// <summary>Reads <c>sessionCache</c>.</summary>
internal static class SessionCacheConfigReader
{
    /// <returns>null where there is none.</returns>
    public static SessionCacheConfig? Read(ConfigurationValue value)
    {
        if (!value.Exists)
            return null;
        value.Only("redis", "passwordFile", "secretFile", "timeoutMilliseconds");
        return new SessionCacheConfig
        {
            Redis = value["redis"].ConnectEndPoint(),
            Password = ReadPassword(value["passwordFile"]),
            Secret = !value["secretFile"].Exists ? null : SecretFile.Read(value["secretFile"], "a file of at least 32 random bytes, the same at all edges that share the cache"),
            Timeout = TimeSpan.FromMilliseconds(value["timeoutMilliseconds"].Number(250, 1, 10_000)),
        };
    }

    private static string? ReadPassword(ConfigurationValue value)
    {
        const string expected = "a file whose first line is the password";
        if (!value.Exists)
            return null;
        var file = value.FullPath(expected);
        return File.Exists(file) && File.ReadLines(file).FirstOrDefault() is { Length: > 0 } password ? password : throw value.Error($"no password in {file} (expected {expected})");
    }
}
