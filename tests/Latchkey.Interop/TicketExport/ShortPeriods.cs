using System.Text.Json.Nodes;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.TicketExport;

/// <summary>A site whose ticket keys seal for seconds.</summary>
internal static class ShortPeriods
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(8);

    public static Task<KeylessDeployment> StartAsync(bool ticketKeys = true, TimeSpan? period = null) => KeylessDeployment.StartAsync(new DeploymentPlan
    {
        Sites = [new("site", TestKey.EcdsaP256)],
        Change = files =>
        {
            var file = Path.Combine(files.KeyServer, "keyserver.json");
            var configuration = JsonNode.Parse(File.ReadAllText(file))!;
            var seconds = (int)(period ?? Period).TotalSeconds;
            configuration["ticketKeys"] = new JsonObject { ["periodSeconds"] = seconds, ["leadSeconds"] = seconds, ["openSeconds"] = Math.Min(50 * seconds, 86_400) };
            File.WriteAllText(file, configuration.ToJsonString());
            Allow(files, ticketKeys);
        },
    });

    /// <summary>Whether the key server gives its edges ticket keys.</summary>
    public static void Allow(DeploymentFiles files, bool ticketKeys)
    {
        var file = Path.Combine(files.KeyServer, "keyserver.json");
        var configuration = JsonNode.Parse(File.ReadAllText(file))!;
        foreach (var keys in configuration["keys"]!.AsArray())
            keys!["ticketKeys"] = ticketKeys;
        File.WriteAllText(file, configuration.ToJsonString());
    }
}
