using System.Text.Json.Nodes;
using Latchkey.Testing;

namespace Latchkey.Interop.Deployment;

/// <summary>One site of a deployment: a name under <c>example.test</c>, what its keys are and where they lie.</summary>
public sealed record SitePlan(string Name, params TestKey[] Keys)
{
    public string Host => $"{Name}.example.test";

    public string Custody { get; init; } = "signature";

    public string Profile { get; init; } = "default";

    /// <summary>The key lies beside the certificate at the edge, as with any other server.</summary>
    public bool LocalKey { get; init; }

    /// <summary>The key server serves the deployed protocol's raw operations for this site's keys.</summary>
    public bool RawOperations { get; init; }

    /// <summary>The certificate is issued by an intermediate authority.</summary>
    public bool Intermediate { get; init; }

    /// <summary>The certificate's key may sign delegated credentials (RFC 9345 §4.2).</summary>
    public bool Delegates { get; init; }

    /// <summary>The private keys are given to nobody.</summary>
    public bool KeyWithheld { get; init; }

    /// <summary>Further properties of the site's configuration, as JSON: <c>{ "resumption": false }</c>.</summary>
    public string? Settings { get; init; }

    /// <summary>Null for the deployment's origin.</summary>
    public string? Upstream { get; init; }

    internal JsonObject ToJson(string origin)
    {
        var site = new JsonObject
        {
            ["names"] = new JsonArray(Host),
            ["profile"] = Profile,
            ["upstream"] = Upstream ?? origin,
        };
        if (!LocalKey)
        {
            site["keyServer"] = "home";
            site["custody"] = Custody;
        }

        foreach (var (name, value) in Settings is null ? [] : JsonNode.Parse(Settings)!.AsObject())
        {
            site[name] = value?.DeepClone();
        }

        if (Keys.Length == 1)
        {
            site["certificate"] = FileOf(0) + ".pem";
            if (LocalKey)
            {
                site["key"] = FileOf(0) + ".key";
            }
        }
        else
        {
            site["certificates"] = new JsonArray([.. Enumerable.Range(0, Keys.Length).Select(i =>
                (JsonNode)(LocalKey
                    ? new JsonObject { ["certificate"] = FileOf(i) + ".pem", ["key"] = FileOf(i) + ".key" }
                    : new JsonObject { ["certificate"] = FileOf(i) + ".pem" }))]);
        }

        return site;
    }

    internal string FileOf(int index) => Keys.Length == 1 ? Name : $"{Name}-{index}";
}
