using System.Text.Json.Nodes;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;
using Latchkey.Testing.Cloud;

namespace Latchkey.Interop.KeyPlaces;

/// <summary>Sites whose keys are in AWS KMS and Azure Key Vault: the key server's process has credentials and no key (S2).</summary>
public sealed class CloudSites : IAsyncDisposable
{
    private readonly Lock _starting = new();
    private readonly KmsStandIn _kms = new();
    private readonly VaultStandIn _vault = new();
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
        await _kms.DisposeAsync();
        await _vault.DisposeAsync();
    }

    private Task<KeylessDeployment> StartAsync()
    {
        // As a machine with a role has them; the processes that the tests start inherit them.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", KmsStandIn.AccessKey);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", KmsStandIn.SecretKey);
        Environment.SetEnvironmentVariable("IDENTITY_ENDPOINT", _vault.TokenEndPoint);
        Environment.SetEnvironmentVariable("IDENTITY_HEADER", VaultStandIn.IdentityHeader);
        SitePlan[] plans =
        [
            .. from cloud in (string[])["aws", "azure"]
               from custody in (string[])["signature", "exchange", "session-keys", "handshake"]
               from key in (TestKey[])[TestKey.EcdsaP256, TestKey.Rsa2048]
               select new SitePlan($"{cloud}-{custody}-{(key == TestKey.Rsa2048 ? "rsa" : "ecdsa")}", key) { Custody = custody, Profile = key == TestKey.Rsa2048 ? "compatible" : "default" },
        ];
        return KeylessDeployment.StartAsync(new DeploymentPlan { Sites = plans, Change = files => MoveKeys(files, plans) });
    }

    private void MoveKeys(DeploymentFiles files, SitePlan[] plans)
    {
        Directory.Delete(Path.Combine(files.KeyServer, "keys"), recursive: true);
        foreach (var plan in plans)
        {
            if (plan.Name.StartsWith("aws", StringComparison.Ordinal))
                _kms.Add(plan.Name, files.CertificateOf(plan));
            else
                _vault.Add(plan.Name, files.CertificateOf(plan), inHardware: plan.Keys[0] == TestKey.Rsa2048);
        }
        var file = Path.Combine(files.KeyServer, "keyserver.json");
        var config = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        config["keys"] = new JsonArray([.. plans.Select(plan => (JsonNode)new JsonObject
        {
            ["uri"] = plan.Name.StartsWith("aws", StringComparison.Ordinal) ? _kms.UriOf(plan.Name) : _vault.UriOf(plan.Name),
            ["certificates"] = Path.Combine(files.Edge, plan.Name + ".pem"),
        })]);
        File.WriteAllText(file, config.ToJsonString());
    }
}
