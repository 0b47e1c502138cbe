using Latchkey.Splitting;
using Latchkey.Splitting.Threshold;

namespace Latchkey.Configuration;

/// <summary>Reads a site's <c>thresholdKey</c> and <c>keyServers</c> (X5).</summary>
internal static class ThresholdConfigReader
{
    private const string KeyExpected = "the .threshold file made by latchkey split --threshold-rsa";
    private const string ServersExpected = "an array of names of keyServers, each of which has one share, as in [\"first\", \"second\", \"third\"]";

    /// <summary>null: the site's key is not shared.</summary>
    public static ThresholdConfig? Read(ConfigurationValue site, Dictionary<string, KeyServerLinkConfig> keyServers)
    {
        if (!site["thresholdKey"].Exists)
        {
            if (site["keyServers"].Exists)
                throw site["keyServers"].Error("stands without thresholdKey (expected keyServer, or both for an RSA key that is shared)");
            if (string.Equals(site["custody"].OptionalText("a custody"), CustodyNames.Threshold, StringComparison.OrdinalIgnoreCase))
                throw site["custody"].Error($"threshold needs thresholdKey (expected {KeyExpected})");
            return null;
        }
        foreach (var other in (string[])["key", "keyServer"])
        {
            if (site[other].Exists)
                throw site[other].Error("stands beside thresholdKey (expected keyServers only)");
        }
        if (site["custody"].Exists)
            site["custody"].Choice(CustodyNames.Threshold, CustodyNames.Threshold);
        var key = ReadKey(site["thresholdKey"]);
        return new ThresholdConfig(key, ReadServers(site["keyServers"], key, keyServers));
    }

    /// <summary>The certificate's key must be the shared one, and clients must not be offered to encrypt to it.</summary>
    public static void RequireSuitable(ConfigurationValue site, ThresholdConfig? threshold, List<SiteCertificateConfig> certificates)
    {
        if (threshold is null)
            return;
        if (certificates.FirstOrDefault(certificate => !certificate.Chain[0].PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(threshold.Key.SubjectPublicKeyInfo.Span)) is { } other)
            throw site["thresholdKey"].Error($"is {threshold.Key}, which is not the key of {other.File}");
        if (site["profile"].Exists && site["profile"].Choice("default", "default", "compatible", "legacy") != "default")
            throw site["profile"].Error("offers RSA key exchange, which shares of a key do not do (expected profile default)");
    }

    private static ThresholdKey ReadKey(ConfigurationValue value)
    {
        var file = value.FullPath(KeyExpected);
        try
        {
            return ThresholdKey.TryRead(SecretFiles.Read(file)) ?? throw value.Error($"{file} is damaged, or something else (expected {KeyExpected})");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw value.Error($"cannot be read: {e.Message.TrimEnd('.')} (expected {KeyExpected})");
        }
    }

    private static List<string> ReadServers(ConfigurationValue value, ThresholdKey key, Dictionary<string, KeyServerLinkConfig> keyServers)
    {
        var names = new List<string>();
        foreach (var item in value.Items(ServersExpected))
        {
            var name = item.Text("a name of keyServers");
            names.Add(keyServers.TryGetValue(name, out var link) ? link.Name : throw item.Error($"unknown \"{name}\" (expected a name of keyServers: {string.Join(", ", keyServers.Keys)})"));
        }
        return names.Count >= key.Threshold ? names : throw value.Error($"has {names.Count} of the {key.Threshold} that are needed (expected {ServersExpected})");
    }
}
