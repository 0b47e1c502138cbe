namespace Latchkey.Configuration;

/// <summary>Reads a site's <c>cache</c>: true, false, or an object.</summary>
internal static class CacheConfigReader
{
    /// <returns>null: nothing is kept.</returns>
    public static CacheConfig? Read(ConfigurationValue value, UpstreamConfig upstream, ClientCertificatesConfig? clients)
    {
        if (!value.Exists || (value.IsText && !value.Boolean(false)))
            return null;
        if (upstream is not UpstreamConfig.Http)
            throw value.Error("stands beside an upstream that is not http:// or https:// (files are read where they lie, and of bytes nobody knows what may be kept)");
        if (clients is { Header: not ClientCertificateHeader.None })
            throw value.Error("stands beside clientCertificates whose header tells the upstream who asks, so that answers may differ by it (expected \"header\": \"none\" there, or no cache)");
        if (!value.IsText)
            value.Only("sizeMegabytes", "maxBodyKilobytes", "staleIfErrorSeconds");
        var size = (long)value["sizeMegabytes"].Number(64, 1, 1 << 20) << 20;
        var maxBody = value["maxBodyKilobytes"].Number(1024, 1, 1 << 20) * 1024L;
        var most = Math.Min(size / 2, int.MaxValue / 2);
        if (maxBody > most)
            throw value["maxBodyKilobytes"].Error($"is more than half of sizeMegabytes (expected at most {most / 1024})");
        return new CacheConfig(size, (int)maxBody, value["staleIfErrorSeconds"].Seconds(0, 0, 7 * 24 * 3600));
    }
}
