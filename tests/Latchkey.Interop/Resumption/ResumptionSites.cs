using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Resumption;

/// <summary>One site for each arrangement in which the edge has the sessions' secrets, on one tapped link.</summary>
public sealed class ResumptionSites : IAsyncLifetime
{
    public KeylessDeployment Deployment { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Deployment = await KeylessDeployment.StartAsync(new DeploymentPlan
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
    });

    public ValueTask DisposeAsync() => Deployment.DisposeAsync();

    private static SitePlan Site(string name, string settings) => new(name, TestKey.EcdsaP256) { Settings = settings };
}
