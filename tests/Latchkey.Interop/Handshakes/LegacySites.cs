using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Handshakes;

/// <summary>Sites of the wider profiles, their keys at a key server.</summary>
public sealed class LegacySites : IAsyncLifetime
{
    internal KeylessDeployment Sites { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Sites = await KeylessDeployment.StartAsync(new DeploymentPlan
    {
        Sites =
        [
            new("compatible", TestKey.Rsa2048) { Profile = "compatible" },
            new("ecdsa", TestKey.EcdsaP256) { Profile = "legacy" },
            new("rsa", TestKey.Rsa2048) { Profile = "legacy" },
            new("dsa", TestKey.Dsa2048) { Profile = "legacy" },
        ],
    });

    public ValueTask DisposeAsync() => Sites.DisposeAsync();
}
