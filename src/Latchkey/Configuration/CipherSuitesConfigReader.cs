using Latchkey.Tls;

namespace Latchkey.Configuration;

/// <summary>Reads a site's <c>cipherSuites</c>: IANA names that narrow what the profile offers.</summary>
internal static class CipherSuitesConfigReader
{
    private const string Expected = "an array of IANA names, as in [\"TLS_AES_128_GCM_SHA256\", \"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"]";

    /// <returns>null where it is absent: all of the profile.</returns>
    public static IReadOnlySet<CipherSuite>? Read(ConfigurationValue value, TlsProfile profile, TlsVersion min, TlsVersion max)
    {
        var items = value.Items(Expected);
        if (items.Count == 0)
            return value.Exists ? throw value.Error($"is empty (expected {Expected})") : null;
        var suites = new HashSet<CipherSuite>();
        foreach (var item in items)
        {
            if (!suites.Add(ReadOne(item, profile)))
                throw item.Error("stands there twice");
        }
        foreach (var version in new[] { TlsVersion.Tls12, TlsVersion.Tls13 }.Where(version => min <= version && version <= max))
        {
            // A version without suites would fail with clients that could have used the other.
            if (!suites.Any(suite => suite.Version() == version))
                throw value.Error($"has no suite of TLS {Name(version)}, which the site serves (expected one, or another {(version == min ? "minVersion" : "maxVersion")})");
        }
        return suites;
    }

    private static CipherSuite ReadOne(ConfigurationValue item, TlsProfile profile)
    {
        var name = item.Text("an IANA name of a cipher suite");
        if (ProhibitedSuites.WhyNot(name) is { } reason)
            throw item.Error($"{name} is never served: {reason}");
        if (!Enum.GetNames<CipherSuite>().Contains(name))
        {
            var hint = Suggestion.For(name, Enum.GetNames<CipherSuite>()) is { } meant ? $"did you mean {meant}?" : "expected an IANA name, as in TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
            throw item.Error($"unknown suite \"{name}\" ({hint})");
        }
        var suite = Enum.Parse<CipherSuite>(name);
        return suite.Profile() <= profile ? suite : throw item.Error($"{name} is in profile {Name(suite.Profile())}, the site has {Name(profile)} (expected a suite of its profile)");
    }

    private static string Name(TlsVersion version) => version == TlsVersion.Tls13 ? "1.3" : "1.2";

    private static string Name(TlsProfile profile) => profile.ToString().ToLowerInvariant();
}
