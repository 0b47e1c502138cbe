using Latchkey.Crypto;
using Latchkey.KeyServer.Policy;

namespace Latchkey.Configuration;

/// <summary>Reads <c>keys[].rules</c>: who may do what with the keys of an entry (docs/policy.md).</summary>
internal static class KeyRulesConfigReader
{
    private const string Expected = "an array of { \"edges\": names, \"names\": host names, \"operations\": words, \"custody\": word, \"schemes\": IANA names, \"rate\": …, \"quota\": …, \"delegatedCredentialSeconds\": number }";

    /// <summary>What says the same in fewer words, for every name; one or the other.</summary>
    private static readonly string[] Short = ["allowedEdges", "rawOperations", "ticketKeys", "handOverMasterSecret", "fetchKey"];

    /// <returns>null: there are none, and the short settings hold.</returns>
    public static IReadOnlyList<KeyRule>? Read(ConfigurationValue source)
    {
        var rules = source["rules"];
        if (!rules.Exists)
            return null;
        foreach (var name in Short)
        {
            if (source[name].Exists)
                throw source[name].Error($"does not go with rules, which say that too ({Translation(name)})");
        }
        return [.. rules.Items(Expected).Select(ReadRule)];
    }

    private static KeyRule ReadRule(ConfigurationValue rule)
    {
        rule.Only("edges", "names", "operations", "custody", "schemes", "rate", "quota", "delegatedCredentialSeconds");
        var operations = ReadOperations(rule["operations"]);
        return new KeyRule
        {
            Place = rule.Place,
            Edges = ReadList(rule["edges"], "names in the edges' certificates, as in [\"edge.example.com\"], or their sha256: or spki: fingerprints"),
            Names = ReadNames(rule["names"]),
            Operations = operations,
            Custody = rule["custody"].Exists ? ReadCustody(rule["custody"]) : KeyCustody.FetchedKey,
            Schemes = ReadSchemes(rule["schemes"]),
            Rate = ReadRate(rule["rate"]),
            Quota = ReadQuota(rule["quota"]),
            DelegatedCredentialLifetime = ReadLifetime(rule["delegatedCredentialSeconds"], operations),
        };
    }

    private static TimeSpan ReadLifetime(ConfigurationValue value, KeyOperations operations)
    {
        if (value.Exists && !operations.HasFlag(KeyOperations.DelegatedCredential))
            throw value.Error("does not go with these operations (expected \"delegated-credential\" among them)");
        const int sevenDays = 7 * 24 * 3600, twelveHours = 12 * 3600;
        return TimeSpan.FromSeconds(value.Number(twelveHours, 1, sevenDays));
    }

    private static UseRate? ReadRate(ConfigurationValue value)
    {
        if (!value.Exists)
            return null;
        value.Only("perSecond", "burst");
        if (!value["perSecond"].Exists)
            throw value["perSecond"].Error("missing (expected uses a second, as in { \"perSecond\": 200, \"burst\": 400 })");
        var perSecond = value["perSecond"].Number(0, 1, 1_000_000);
        return new UseRate(perSecond, value["burst"].Number(perSecond, 1, 10_000_000));
    }

    private static UseQuota? ReadQuota(ConfigurationValue value)
    {
        if (!value.Exists)
            return null;
        value.Only("uses", "per");
        if (!value["uses"].Exists)
            throw value["uses"].Error("missing (expected a number of uses, as in { \"uses\": 100000, \"per\": \"day\" })");
        return new UseQuota(value["uses"].Number(0, 1, int.MaxValue), value["per"].Choice("day", "hour", "day") == "hour" ? TimeSpan.FromHours(1) : TimeSpan.FromDays(1));
    }

    // Absent: no limit. An empty list would mean the same to a hasty reader and nobody to a careful one.
    private static List<string>? ReadList(ConfigurationValue value, string expected)
    {
        if (!value.Exists)
            return null;
        var items = value.Items($"an array of {expected}").Select(item => item.Text($"one of the {expected}")).ToList();
        return items.Count > 0 ? items : throw value.Error($"empty (expected an array of {expected})");
    }

    /// <returns>null where it is absent.</returns>
    internal static NamePatterns? ReadNames(ConfigurationValue value)
    {
        const string expected = "host names, as in [\"example.com\", \"*.example.com\"], or [\"*\"]";
        if (ReadList(value, expected) is not { } names)
            return null;
        foreach (var item in value.Items(expected))
        {
            if (item.Text(expected) is var name && name != "*" && !SiteConfigReader.IsHostName(name.ToLowerInvariant()))
                throw item.Error($"expected a host name, as in example.test or *.example.test, or *, found \"{name}\"");
        }
        return new NamePatterns(names);
    }

    private static KeyOperations ReadOperations(ConfigurationValue value)
    {
        var words = ReadWords(value, [("standard", KeyOperations.Standard), .. PolicyWords.Operations]);
        return words is null ? KeyOperations.Standard : words.Aggregate(KeyOperations.None, (all, one) => all | one);
    }

    private static KeyCustody ReadCustody(ConfigurationValue value) => ReadWord(value, PolicyWords.Custodies);

    private static List<SignatureScheme>? ReadSchemes(ConfigurationValue value) => ReadWords(value, PolicyWords.Schemes);

    private static List<T>? ReadWords<T>(ConfigurationValue value, IReadOnlyList<(string Word, T Value)> words)
    {
        if (!value.Exists)
            return null;
        var items = value.Items($"an array of {string.Join(", ", words.Select(word => word.Word))}").Select(item => ReadWord(item, words)).ToList();
        return items.Count > 0 ? items : throw value.Error($"empty (expected an array of {string.Join(", ", words.Select(word => word.Word))})");
    }

    private static T ReadWord<T>(ConfigurationValue value, IReadOnlyList<(string Word, T Value)> words)
    {
        var text = value.Text($"one of {string.Join(", ", words.Select(word => word.Word))}");
        foreach (var (word, meant) in words)
        {
            if (string.Equals(word, text, StringComparison.OrdinalIgnoreCase))
                return meant;
        }
        var hint = Suggestion.For(text, words.Select(word => word.Word)) is { } close ? $"did you mean {close}?" : $"expected one of {string.Join(", ", words.Select(word => word.Word))}";
        throw value.Error($"unknown word \"{text}\" ({hint})");
    }

    private static string Translation(string name) => name switch
    {
        "allowedEdges" => "expected \"edges\" in each rule",
        "rawOperations" => "expected \"operations\": [\"standard\", \"raw-sign\", \"raw-decrypt\"] in a rule",
        "ticketKeys" => "expected \"operations\": [\"standard\", \"ticket-keys\"] in a rule",
        "fetchKey" => "expected \"operations\": [\"standard\", \"fetch-key\"] in a rule",
        _ => "expected \"operations\": [\"standard\", \"hand-over\"] in a rule",
    };
}
