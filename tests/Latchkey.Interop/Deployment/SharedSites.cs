using Latchkey.Testing;

[assembly: AssemblyFixture(typeof(Latchkey.Interop.Deployment.SharedSites))]

namespace Latchkey.Interop.Deployment;

/// <summary>One deployment for all tests that leave it as it is; started by the first that asks.</summary>
public sealed class SharedSites : IAsyncDisposable
{
    private readonly LineEchoServer _echo = new();
    private readonly Lock _starting = new();
    private Task<ServedSites>? _sites;

    public Task<ServedSites> GetAsync()
    {
        lock (_starting)
        {
            return _sites ??= StartAsync(_echo.Port);
        }
    }

    /// <summary>The real thing; a test that needs more than what any server serves is skipped on a stand-in.</summary>
    public async Task<KeylessDeployment> GetDeploymentAsync()
    {
        var sites = await GetAsync();
        Assert.SkipUnless(sites is KeylessDeployment, "LATCHKEY_INTEROP_STAND_IN is set: only clients are being proven");
        return (KeylessDeployment)sites;
    }

    public async ValueTask DisposeAsync()
    {
        await _echo.DisposeAsync();
        if (_sites is { IsCompletedSuccessfully: true })
        {
            await (await GetAsync()).DisposeAsync();
        }
    }

    private static async Task<ServedSites> StartAsync(int echoPort)
    {
        var plan = new DeploymentPlan
        {
            Sites =
            [
                new("ecdsa", TestKey.EcdsaP256),
                new("rsa", TestKey.Rsa2048),
                new("p384", TestKey.EcdsaP384),
                new("rsa3072", TestKey.Rsa3072),
                new("ed25519", TestKey.Ed25519),
                new("both", TestKey.EcdsaP256, TestKey.Rsa2048),
                new("chain", TestKey.EcdsaP256) { Intermediate = true },
                new("rsakx", TestKey.Rsa2048) { Profile = "compatible" },
                new("premaster-ecdsa", TestKey.EcdsaP256) { Custody = "premaster", RawOperations = true },
                new("premaster-rsa", TestKey.Rsa2048) { Custody = "premaster", RawOperations = true, Profile = "compatible" },
                new("local", TestKey.EcdsaP256) { LocalKey = true },
                new("tcp", TestKey.EcdsaP256) { Upstream = $"tcp://127.0.0.1:{echoPort}" },
                new("files", TestKey.EcdsaP256) { Upstream = "file:www" },
            ],
            Change = files =>
            {
                var www = Directory.CreateDirectory(Path.Combine(files.Edge, "www")).FullName;
                File.WriteAllText(Path.Combine(www, "index.html"), "a file's " + Origin.Greeting);
                File.WriteAllText(Path.Combine(files.Edge, "secret.txt"), "not to be served");
            },
        };
        return Environment.GetEnvironmentVariable("LATCHKEY_INTEROP_STAND_IN") == "nginx"
            ? await NginxStandIn.StartAsync(plan)
            : await KeylessDeployment.StartAsync(plan);
    }
}
