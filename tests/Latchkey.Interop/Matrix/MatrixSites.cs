using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Matrix;

/// <summary>One edge and one key server with a site for each custody, kind of certificate and way of resumption, and a tap between them.</summary>
public sealed class MatrixSites : IAsyncLifetime
{
    internal KeylessDeployment Deployment { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Deployment = await KeylessDeployment.StartAsync(new DeploymentPlan
    {
        Tapped = true,
        KeySettings = """{ "handOverMasterSecret": true }""",
        Sites =
        [
            .. from cut in Cut.All
               from key in new[] { TestKey.EcdsaP256, TestKey.Rsa2048 }
               from arrangement in cut.Arrangements
               select cut.SiteOf(key, arrangement),
        ],
    });

    public async ValueTask DisposeAsync() => await Deployment.DisposeAsync();
}
