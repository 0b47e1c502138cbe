using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Resumption;

/// <summary>One site for each arrangement of TLS 1.2 in which the key server makes the session, on one tapped link.</summary>
public sealed class KeyServerSessionSites : IAsyncLifetime
{
    public KeylessDeployment Deployment { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Deployment = await KeylessDeployment.StartAsync(new DeploymentPlan
    {
        Tapped = true,
        Sites =
        [
            new("r2", TestKey.EcdsaP256) { Custody = "session-keys", Settings = """{ "resumption": { "tickets": "off", "sessionIds": "key-server" } }""" },
            new("r4", TestKey.EcdsaP256) { Custody = "session-keys", Settings = """{ "resumption": { "tickets": "key-server", "sessionIds": "off" } }""" },
            new("r4-rsa", TestKey.Rsa2048) { Custody = "session-keys", Profile = "legacy" },
            new("r7", TestKey.EcdsaP256) { Custody = "master-secret", Settings = """{ "resumption": { "tickets": "state", "sessionIds": "off" } }""" },
            new("r9", TestKey.EcdsaP256) { Custody = "session-keys", Settings = """{ "resumption": { "tickets": "off", "sessionIds": "edge" } }""" },
        ],
    });

    public ValueTask DisposeAsync() => Deployment.DisposeAsync();
}
