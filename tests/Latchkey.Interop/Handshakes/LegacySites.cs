using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Handshakes;

/// <summary>Sites of the wider profiles, their keys at a key server.</summary>
public sealed class LegacySites : IAsyncLifetime
{
    private const string OnlyTls12 = """{ "maxVersion": "1.2" }""";

    internal KeylessDeployment Sites { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Sites = await KeylessDeployment.StartAsync(new DeploymentPlan
    {
        Sites =
        [
            new("compatible", TestKey.Rsa2048) { Profile = "compatible" },
            new("ecdsa", TestKey.EcdsaP256) { Profile = "legacy" },
            new("rsa", TestKey.Rsa2048) { Profile = "legacy" },
            new("dsa", TestKey.Dsa2048) { Profile = "legacy", Settings = OnlyTls12 },
            new("dsa-exchange", TestKey.Dsa2048) { Profile = "legacy", Custody = "exchange", Settings = OnlyTls12 },
            new("exchange", TestKey.Rsa2048) { Profile = "legacy", Custody = "exchange" },
            new("master-secret", TestKey.Rsa2048) { Profile = "legacy", Custody = "master-secret" },
            new("session-keys", TestKey.Rsa2048) { Profile = "legacy", Custody = "session-keys" },
            new("handshake", TestKey.Rsa2048) { Profile = "legacy", Custody = "handshake" },
            new("narrow", TestKey.Rsa2048)
            {
                Profile = "legacy",
                Settings = """{ "cipherSuites": ["TLS_AES_128_GCM_SHA256", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"], "dhGroup": "modp4096" }""",
            },
        ],
    });

    public ValueTask DisposeAsync() => Sites.DisposeAsync();
}
