using System.Text.Json.Nodes;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Splitting;

/// <summary>Pages served with keys of which the edge's part is in a token and the key server's is sealed by a TPM; the keys themselves were destroyed.</summary>
[Trait("Catalogue", "S4")]
public sealed class PartsInDevicesTests
{
    private const string Token = "parts";

    [Fact]
    public async Task A_page_is_served_with_one_part_in_a_token_and_the_other_sealed_by_a_tpm()
    {
        SoftHsm.SkipUnlessInstalled();
        SoftTpm.SkipUnlessInstalled();
        await using var tpm = await SoftTpm.StartAsync();
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            Sites = [Site("rsa", TestKey.Rsa2048, "signature"), Site("ecdsa", TestKey.EcdsaP256, "session-keys")],
            Provision = files => DivideAsync(files, tpm),
        });

        Assert.Empty(Directory.GetFiles(sites.Files.Folder, "*.part", SearchOption.AllDirectories));
        foreach (var site in sites.Sites)
        {
            Assert.False(File.Exists(Path.Combine(sites.Files.KeyServer, "keys", $"{site.Name}.key")));
            foreach (var version in (string[])["-tls1_3", "-tls1_2"])
            {
                var visit = await OpenSslClient.RunAsync(sites, site.Host, [version], $"GET /hello HTTP/1.1\r\nHost: {site.Host}\r\nConnection: close\r\n\r\n");
                Assert.Contains(Origin.Greeting, visit.Succeeded().Output, StringComparison.Ordinal);
            }
        }
    }

    private static SitePlan Site(string name, TestKey key, string custody) =>
        new(name, key) { Custody = custody, Settings = $$"""{ "keyParts": ["{{InToken(name)}}"], "resumption": false }""" };

    private static string InToken(string name) => SoftHsm.InThisProcess.Uri(Token, name).Replace("?", ";type=data?", StringComparison.Ordinal);

    private static async Task DivideAsync(DeploymentFiles files, SoftTpm tpm)
    {
        await SoftHsm.InThisProcess.AddTokenAsync(Token);
        var file = Path.Combine(files.KeyServer, "keyserver.json");
        var configuration = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        foreach (var name in (string[])["rsa", "ecdsa"])
        {
            var key = Path.Combine(files.KeyServer, "keys", $"{name}.key");
            var inTpm = $"tpm2:sealed={Path.Combine(files.KeyServer, $"{name}.sealed")}?device={tpm.Device}&parent={SoftTpm.Parent}";
            var split = await LatchkeyProgram.RunAsync("split", key, "--out", InToken(name), "--out", inTpm, "--destroy");
            Assert.True(split.ExitCode == 0, split.All);
            configuration["keys"]!.AsArray().Add(new JsonObject { ["uri"] = inTpm, ["certificates"] = Path.Combine(files.Edge, $"{name}.pem"), ["ticketKeys"] = true });
        }
        await File.WriteAllTextAsync(file, configuration.ToJsonString());
    }
}
