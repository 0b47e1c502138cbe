using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Custodies;

/// <summary>A tapped deployment with a site of each custody that leaves the key exchange to the key server.</summary>
public sealed class CustodySites : IAsyncDisposable
{
    private readonly Lock _starting = new();
    private readonly TestAuthority _clients = TestAuthority.Create("Latchkey test clients");
    private readonly TemporaryFolder _folder = new();
    private Task<KeylessDeployment>? _sites;

    public Task<KeylessDeployment> GetAsync()
    {
        lock (_starting)
            return _sites ??= StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_sites is { IsCompletedSuccessfully: true })
            await (await GetAsync()).DisposeAsync();
        _folder.Dispose();
        _clients.Dispose();
    }

    /// <summary>Path of a client's certificate.</summary>
    public string ClientFile(string name) => _folder.File(name + ".pem");

    /// <summary>Path of its key.</summary>
    public string ClientKey(string name) => _folder.File(name + ".key");

    private Task<KeylessDeployment> StartAsync()
    {
        _clients.IssueClient("alice").Write(_folder.Path, "alice");
        _clients.IssueClient("rsa", TestKey.Rsa2048).Write(_folder.Path, "rsa");
        return StartSitesAsync();
    }

    private Task<KeylessDeployment> StartSitesAsync() => KeylessDeployment.StartAsync(new DeploymentPlan
    {
        Tapped = true,
        Sites =
        [
            new("exchange-ecdsa", TestKey.EcdsaP256) { Custody = "exchange" },
            new("exchange-rsa", TestKey.Rsa2048) { Custody = "exchange", Profile = "compatible" },
            new("handed-ecdsa", TestKey.EcdsaP256) { Custody = "exchange", Settings = """{ "handOverPrivateValue": true }""" },
            new("handed-rsa", TestKey.Rsa2048) { Custody = "exchange", Profile = "compatible", Settings = """{ "handOverPrivateValue": true }""" },
            new("master-ecdsa", TestKey.EcdsaP256) { Custody = "master-secret" },
            new("master-rsa", TestKey.Rsa2048) { Custody = "master-secret", Profile = "compatible" },
            new("keys-ecdsa", TestKey.EcdsaP256) { Custody = "session-keys" },
            new("keys-rsa", TestKey.Rsa2048) { Custody = "session-keys", Profile = "compatible" },
            new("keys-legacy", TestKey.Rsa2048) { Custody = "session-keys", Profile = "legacy" },
            new("keys-clients", TestKey.EcdsaP256) { Custody = "session-keys", Settings = """{ "clientCertificates": { "mode": "request", "ca": "clients.pem" } }""" },
        ],
        Change = files => _clients.Write(files.Edge, "clients"),
    });
}
