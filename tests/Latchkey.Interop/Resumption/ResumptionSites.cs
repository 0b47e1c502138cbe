using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Resumption;

/// <summary>One site for each arrangement in which the edge has the sessions' secrets, on one tapped link.</summary>
public sealed class ResumptionSites : IAsyncLifetime
{
    public KeylessDeployment Deployment { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Deployment = await KeylessDeployment.StartAsync(Plan);
        await TicketKeysAsync(Deployment);
    }

    public ValueTask DisposeAsync() => Deployment.DisposeAsync();

    /// <summary>R5's keys come a moment after the edge is ready; until then it gives out no tickets.</summary>
    internal static async Task TicketKeysAsync(KeylessDeployment deployment)
    {
        var host = deployment.Site("r5").Host;
        for (var patience = 100; patience > 0; patience--)
        {
            using var client = new ReconnectingClient("1.2");
            try
            {
                client.Visit(deployment.Port, host);
                if (client.Visit(deployment.Port, host).Resumed)
                    return;
            }
            catch (InvalidOperationException)
            {
                // On a machine with much other work the edge is not connected to its key server yet.
            }
            await Task.Delay(100);
        }

        Assert.Fail("The edge was given no ticket keys.");
    }

    private static DeploymentPlan Plan => new()
    {
        Tapped = true,
        Sites =
        [
            Site("r1", """{ "resumption": { "tickets": "off", "sessionIds": "edge" } }"""),
            Site("r3", """{ "resumption": { "tickets": "edge", "sessionIds": "off" } }"""),
            Site("r5", """{ "resumption": { "tickets": "ticket-key", "sessionIds": "off" } }"""),
            Site("r6", """{ "resumption": { "tickets": "key-server", "sessionIds": "off" } }"""),
            Site("r3b", """{ "resumption": { "tickets": "edge", "sessionIds": "off" } }"""),
            Site("r6b", """{ "resumption": { "tickets": "key-server", "sessionIds": "off" } }"""),
            Site("none", """{ "resumption": false }"""),
        ],
    };

    private static SitePlan Site(string name, string settings) => new(name, TestKey.EcdsaP256) { Settings = settings };
}
