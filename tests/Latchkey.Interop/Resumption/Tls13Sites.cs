using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Resumption;

/// <summary>Sites with what resumption has in TLS 1.3 only, on one tapped link.</summary>
public sealed class Tls13Sites : IAsyncLifetime
{
    public KeylessDeployment Deployment { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Deployment = await KeylessDeployment.StartAsync(Plan);
        await ResumptionSites.TicketKeysAsync(Deployment);
    }

    public ValueTask DisposeAsync() => Deployment.DisposeAsync();

    private static DeploymentPlan Plan => new()
    {
        Tapped = true,
        Sites =
        [
            Site("r3", """{ "resumption": { "tickets": "edge", "sessionIds": "off", "tls13Tickets": 3 } }"""),
            Site("r5", """{ "resumption": { "tickets": "ticket-key", "sessionIds": "off" } }"""),
            Site("r6", """{ "resumption": { "tickets": "key-server", "sessionIds": "off" } }"""),
            Site("once", """{ "resumption": { "singleUse": true } }"""),
            Site("early", """{ "resumption": { "maxEarlyData": 4096 } }"""),
            Site("none", """{ "resumption": false }"""),
        ],
    };

    private static SitePlan Site(string name, string settings) => new(name, TestKey.EcdsaP256) { Settings = settings };
}
