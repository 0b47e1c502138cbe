using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Splitting;

/// <summary>A deployment in which every site's key was split by <c>latchkey split --destroy</c>: one part is at the edge, the other at the key server, and the key is nowhere.</summary>
public sealed class SplitKeySites : IAsyncLifetime
{
    private const string Part = """{ "keyParts": ["{0}-1.part"] }""";

    public KeylessDeployment Deployment { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Deployment = await KeylessDeployment.StartAsync(new DeploymentPlan
    {
        Sites =
        [
            Site("signature", TestKey.Rsa2048),
            Site("signature", TestKey.EcdsaP256),
            Site("signature", TestKey.Ed25519),
            Site("premaster", TestKey.Rsa2048) with { RawOperations = true },
            Site("exchange", TestKey.Rsa2048),
            Site("exchange", TestKey.EcdsaP256),
            Site("master-secret", TestKey.Rsa2048),
            Site("session-keys", TestKey.Rsa2048),
            Site("session-keys", TestKey.EcdsaP256),
            Site("handshake", TestKey.Rsa2048),
            Site("handshake", TestKey.EcdsaP256),
        ],
        Change = files =>
        {
            Split(Path.Combine(files.KeyServer, "keys"), files.Edge);
            Split(Path.Combine(files.KeyServer, "raw-keys"), files.Edge);
        },
    });

    public ValueTask DisposeAsync() => Deployment.DisposeAsync();

    /// <summary>Splits every key of a folder in two, destroys it and takes the first part elsewhere.</summary>
    internal static void Split(string folder, string elsewhere)
    {
        foreach (var key in Directory.GetFiles(folder, "*.key"))
        {
            var split = LatchkeyProgram.RunAsync("split", key, "--out", folder, "--destroy").GetAwaiter().GetResult();
            Assert.True(split.ExitCode == 0, split.All);
            var part = Path.GetFileNameWithoutExtension(key) + "-1.part";
            File.Move(Path.Combine(folder, part), Path.Combine(elsewhere, part));
        }
    }

    /// <summary>One visit by OpenSSL.</summary>
    internal async Task<string> VisitAsync(string site, params string[] options)
    {
        var host = Deployment.Site(site).Host;
        var result = await OpenSslClient.RunAsync(Deployment, host, options, $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        Assert.Contains(Origin.Greeting, result.Succeeded().Output, StringComparison.Ordinal);
        return result.Output;
    }

    private static SitePlan Site(string custody, TestKey key)
    {
        var name = $"{custody}-{key.ToString().ToLowerInvariant()}";
        return new(name, key) { Custody = custody, Profile = key == TestKey.Rsa2048 ? "compatible" : "default", Settings = Part.Replace("{0}", name, StringComparison.Ordinal) };
    }
}
