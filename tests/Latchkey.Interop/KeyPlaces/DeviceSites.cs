using System.Text.Json.Nodes;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.KeyPlaces;

/// <summary>
/// A deployment whose keys are in a token (SoftHSM) and in a TPM (swtpm), with a site of each custody, and one site whose key is in a token beside the edge. No private key of a site lies in a file.
/// </summary>
public sealed class DeviceSites : IAsyncDisposable
{
    private readonly Lock _starting = new();
    private Task<KeylessDeployment>? _sites;

    public SoftTpm Tpm { get; private set; } = null!;

    public Task<KeylessDeployment> GetAsync()
    {
        SoftHsm.SkipUnlessInstalled();
        SoftTpm.SkipUnlessInstalled();
        lock (_starting)
            return _sites ??= StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_sites is { IsCompletedSuccessfully: true })
            await (await _sites).DisposeAsync();
        if (Tpm is not null)
            await Tpm.DisposeAsync();
    }

    private async Task<KeylessDeployment> StartAsync()
    {
        Tpm = await SoftTpm.StartAsync();
        return await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            Sites = [.. Plans("hsm"), .. Plans("tpm"), new("edge-hsm", TestKey.Rsa2048) { KeyWithheld = true, Profile = "compatible" }],
            Provision = ProvisionAsync,
            AfterEdgeConfig = PutKeyBesideEdge,
        });
    }

    private static IEnumerable<SitePlan> Plans(string device) => new[] { "signature", "exchange", "session-keys", "handshake" }.SelectMany(custody => new SitePlan[]
    {
        new($"{device}-{custody}-ecdsa", TestKey.EcdsaP256) { Custody = custody, KeyWithheld = true },
        new($"{device}-{custody}-rsa", TestKey.Rsa2048) { Custody = custody, KeyWithheld = true, Profile = "compatible" },
    });

    private async Task ProvisionAsync(DeploymentFiles files)
    {
        var hsm = SoftHsm.InThisProcess;
        await hsm.AddTokenAsync("sites");
        var file = Path.Combine(files.KeyServer, "keyserver.json");
        var configuration = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        var keys = configuration["keys"]!.AsArray();
        Directory.CreateDirectory(Path.Combine(files.KeyServer, "certificates"));
        var number = 0;
        foreach (var site in Plans("hsm").Concat(Plans("tpm")).Append(new SitePlan("edge-hsm", TestKey.Rsa2048)))
        {
            number++;
            var certificate = files.CertificateOf(site);
            if (site.Name.StartsWith("tpm", StringComparison.Ordinal))
                await Tpm.ImportAsync(certificate, $"0x810001{number:x2}");
            else
                await hsm.ImportAsync("sites", certificate, site.Name, $"{number:x2}");
            if (site.Name == "edge-hsm")
                continue;
            certificate.WriteCertificate(Path.Combine(files.KeyServer, "certificates"), site.Name);
            keys.Add(new JsonObject
            {
                ["uri"] = site.Name.StartsWith("tpm", StringComparison.Ordinal) ? $"tpm2:handle=0x810001{number:x2}?device={Tpm.Device}" : hsm.Uri("sites", site.Name),
                ["certificates"] = $"certificates/{site.Name}.pem",
                ["ticketKeys"] = true,
            });
        }
        await File.WriteAllTextAsync(file, configuration.ToJsonString());
    }

    private static void PutKeyBesideEdge(DeploymentFiles files)
    {
        var file = Path.Combine(files.Edge, "edge.json");
        var configuration = JsonNode.Parse(File.ReadAllText(file))!;
        var site = configuration["sites"]!.AsArray().Single(site => (string?)site!["certificate"] == "edge-hsm.pem")!.AsObject();
        site.Remove("keyServer");
        site.Remove("custody");
        site["key"] = SoftHsm.InThisProcess.Uri("sites", "edge-hsm");
        File.WriteAllText(file, configuration.ToJsonString());
    }
}
