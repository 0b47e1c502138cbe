using System.Text.Json.Nodes;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.TicketExport;

/// <summary>A site whose ticket keys seal for six seconds.</summary>
internal static class ShortPeriods
{
    public static Task<KeylessDeployment> StartAsync(bool ticketKeys = true) => KeylessDeployment.StartAsync(new DeploymentPlan
    {
        Sites = [new("site", TestKey.EcdsaP256)],
        Change = files =>
        {
            var file = Path.Combine(files.KeyServer, "keyserver.json");
            var configuration = JsonNode.Parse(File.ReadAllText(file))!;
            configuration["ticketKeys"] = new JsonObject { ["periodSeconds"] = 6, ["leadSeconds"] = 6, ["openSeconds"] = 300 };
            foreach (var keys in configuration["keys"]!.AsArray())
                keys!["ticketKeys"] = ticketKeys;
            File.WriteAllText(file, configuration.ToJsonString());
        },
    });
}
