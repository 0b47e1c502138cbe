using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Lifecycle;

/// <summary>Wrong configurations, as the program's users meet them: one line, exit code 2; wrong keys: the right alert.</summary>
public sealed class ConfigurationTests
{
    [Theory]
    [InlineData("edge", "sites:0:certificate=nothing.pem", "sites[0].certificate")]
    [InlineData("edge", "sites:0:keyServer=nobody", "sites[0].keyServer")]
    [InlineData("edge", "sites:0:custody=trust", "sites[0].custody")]
    [InlineData("edge", "sites:0:upstream=gopher://x", "sites[0].upstream")]
    [InlineData("edge", "keyServers:home:ca=nothing.pem", "keyServers.home.ca")]
    [InlineData("edge", "keyServers:home:key=ca.pem", "keyServers.home.key")]
    [InlineData("edge", "listen:0=here", "listen[0]")]
    [InlineData("keyserver", "certificate=nothing.pem", "certificate")]
    [InlineData("keyserver", "keys:0:path=nothing", "keys[0].path")]
    [InlineData("keyserver", "clientCa=keys", "clientCa")]
    public async Task A_wrong_value_is_one_line_that_names_its_place_and_exit_code_2(string role, string setting, string place)
    {
        var plan = new DeploymentPlan();
        using var files = new DeploymentFiles(plan);
        files.WriteKeyServerConfig("127.0.0.1:0");
        files.WriteEdgeConfig(plan, 1, "http://127.0.0.1:1");
        var config = Path.Combine(role == "edge" ? files.Edge : files.KeyServer, role + ".json");

        var result = await LatchkeyProgram.RunAsync(role, "--config", config, "--set", setting);

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Output);
        var line = Assert.Single(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(place, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{ \"lisssten\": [] }")]
    [InlineData(null)]
    public async Task A_file_that_is_none_is_one_line_that_names_it_and_exit_code_2(string? content)
    {
        using var folder = new TemporaryFolder();
        var file = content is null ? folder.File("edge.json") : folder.Write("edge.json", content);
        var result = await LatchkeyProgram.RunAsync("edge", "--config", file);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(file, Assert.Single(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keys/broken.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    [InlineData("keys/empty.key", "")]
    public async Task A_key_file_that_is_none_is_named(string name, string content)
    {
        var plan = new DeploymentPlan();
        using var files = new DeploymentFiles(plan);
        files.WriteKeyServerConfig("127.0.0.1:0");
        await File.WriteAllTextAsync(Path.Combine(files.KeyServer, name), content, TestContext.Current.CancellationToken);

        var result = await LatchkeyProgram.RunAsync("keyserver", "--config", Path.Combine(files.KeyServer, "keyserver.json"));

        Assert.Equal(2, result.ExitCode);
        var error = Assert.Single(result.Errors.Split('\n'), line => line.StartsWith("latchkey: ", StringComparison.Ordinal)); // others are the log's
        Assert.Contains(Path.GetFileName(name), error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_beside_a_key_is_not_a_key()
    {
        var plan = new DeploymentPlan();
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            Change = files => File.WriteAllText(Path.Combine(files.KeyServer, "keys", "ecdsa.key.bak"), "no key"),
        });
        (await CurlClient.RunAsync(sites, plan.Sites[0].Host, "/hello", [])).Succeeded();
    }

    [Fact]
    public async Task A_key_under_a_passphrase_signs_once_its_file_is_named()
    {
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            Sites = [new("rsa", TestKey.Rsa2048)],
            Change = files =>
            {
                var key = Path.Combine(files.KeyServer, "keys", "rsa.key");
                using var rsa = RSA.Create();
                rsa.ImportFromPem(File.ReadAllText(key));
                File.WriteAllText(key, rsa.ExportEncryptedPkcs8PrivateKeyPem("open sesame", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2048)));
                File.WriteAllText(Path.Combine(files.KeyServer, "passphrase"), "open sesame\n");
                var config = Path.Combine(files.KeyServer, "keyserver.json");
                var json = JsonNode.Parse(File.ReadAllText(config))!;
                json["keys"]![0]!["passphraseFile"] = "passphrase";
                File.WriteAllText(config, json.ToJsonString());
            },
        });
        (await CurlClient.RunAsync(sites, "rsa.example.test", "/hello", [])).Succeeded();
    }

    [Fact]
    public async Task A_certificate_that_matches_no_key_fails_alone_and_the_log_says_why()
    {
        var orphan = new SitePlan("orphan", TestKey.EcdsaP256) { KeyWithheld = true };
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan { Sites = [new("ecdsa", TestKey.EcdsaP256), orphan] });
        foreach (var version in new[] { "-tls1_2", "-tls1_3" })
        {
            var refused = await OpenSslClient.RunAsync(sites, orphan.Host, [version], "");
            Assert.Contains("alert internal error", refused.Errors, StringComparison.Ordinal);
        }

        await sites.Edge.Process.WaitForLineAsync(
            line => line.Contains(orphan.Host, StringComparison.Ordinal) && line.Contains("has no such key", StringComparison.Ordinal),
            "the log says which site and why");
        (await CurlClient.RunAsync(sites, "ecdsa.example.test", "/hello", [])).Succeeded();
    }

    [Fact]
    public async Task Check_has_every_certificates_key_sign_and_tells_the_one_that_cannot()
    {
        var orphan = new SitePlan("orphan", TestKey.EcdsaP256) { KeyWithheld = true };
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan { Sites = [new("ecdsa", TestKey.EcdsaP256), new("rsa", TestKey.Rsa2048), orphan] });
        var check = await LatchkeyProgram.RunAsync("check", Path.Combine(sites.Files.Edge, "edge.json"));
        Assert.Equal(1, check.ExitCode);
        Assert.Contains("orphan", check.Output, StringComparison.Ordinal);
    }
}
