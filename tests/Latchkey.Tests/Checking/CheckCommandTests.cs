using Latchkey.Testing;
using Latchkey.Tests.CommandLine;
using Latchkey.Tests.Configuration;
using Latchkey.Tests.Roles;

namespace Latchkey.Tests.Checking;

/// <summary><c>latchkey check</c> against a key server in a process of its own.</summary>
public sealed class CheckCommandTests(ConfigurationFolder folder) : IClassFixture<ConfigurationFolder>
{
    [Fact]
    public async Task Every_certificate_of_an_edge_is_signed_with_in_both_versions()
    {
        await using var keyServer = LatchkeyProgram.Start("keyserver", "--config", folder.File("keyserver.json"), "--set", "listen=127.0.0.1:0", "--set", "admin=127.0.0.1:0");
        var address = await keyServer.AddressAsync("ready keyserver");
        var file = folder.WriteChanged("checked.json", ConfigurationFolder.Edge, "\"keyServer\":", "\"certificates\": [ { \"certificate\": \"rsa.pem\" } ], \"keyServer\":");
        var check = await Invocation.RunAsync("check", file, "--set", $"keyServers:home:endpoints:0={address}");

        Assert.Equal((0, ""), (check.ExitCode, check.Error));
        Assert.Contains($"{file}: valid edge configuration, 1 site(s), 1 key server(s)", check.Output, StringComparison.Ordinal);
        foreach (var row in new[] { "site.pem .*TLS 1.3 .*ok", "site.pem .*TLS 1.2 .*ok", "rsa.pem .*TLS 1.3 .*ok", "rsa.pem .*TLS 1.2 .*ok" })
            Assert.Matches(row, check.Output);
    }

    [Fact]
    [Trait("Catalogue", "G6")]
    public async Task A_dsa_key_is_checked_in_the_one_version_that_has_it()
    {
        using var authority = TestAuthority.Create();
        authority.IssueServer(TestKey.Dsa2048, "example.test", "*.example.test").Write(folder.Path, "dsa");
        var local = ConfigurationFolder.Edge.Replace("site.pem", "dsa.pem", StringComparison.Ordinal).Replace("\"custody\": \"signature\"", "\"profile\": \"legacy\", \"maxVersion\": \"1.2\"", StringComparison.Ordinal);
        var check = await Invocation.RunAsync("check", folder.WriteChanged("dsa-check.json", local, "\"keyServer\": \"home\"", "\"key\": \"dsa.key\""));

        Assert.Equal(0, check.ExitCode);
        Assert.Matches("dsa.pem .*Dsa .*TLS 1.2 .*ok .*DsaSha256", check.Output);
        Assert.DoesNotContain("FAILED", check.Output, StringComparison.Ordinal);
        Assert.DoesNotMatch("dsa.pem .*TLS 1.3", check.Output);
    }

    [Fact]
    public async Task A_key_that_the_key_server_lacks_is_a_failure()
    {
        await using var keyServer = LatchkeyProgram.Start("keyserver", "--config", folder.File("keyserver.json"), "--set", "listen=127.0.0.1:0", "--set", "admin=127.0.0.1:0", "--set", "keys:0:path=keys/rsa.key");
        var address = await keyServer.AddressAsync("ready keyserver");
        var check = await Invocation.RunAsync("check", folder.File("edge.json"), "--set", $"keyServers:home:endpoints:0={address}");

        Assert.Equal(1, check.ExitCode);
        Assert.Matches("site.pem .*TLS 1.3 .*FAILED", check.Output);
    }

    [Fact]
    public async Task An_unreachable_key_server_is_a_failure_that_says_so()
    {
        var address = $"127.0.0.1:{FreePort.Next()}";
        var check = await Invocation.RunAsync("check", folder.File("edge.json"), "--set", $"keyServers:home:endpoints:0={address}");

        Assert.Equal(1, check.ExitCode);
        Assert.Matches($"home {address} .*FAILED", check.Output);
    }

    [Fact]
    public async Task A_key_server_shows_its_keys()
    {
        var check = await Invocation.RunAsync("check", "--config", folder.File("keyserver.json"));

        Assert.Equal((0, ""), (check.ExitCode, check.Error));
        Assert.Contains("valid keyserver configuration, 2 key(s)", check.Output, StringComparison.Ordinal);
        Assert.Contains(folder.File("keys/site.key"), check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_configuration_is_exit_code_2()
    {
        var file = folder.WriteChanged("check-wrong.json", ConfigurationFolder.KeyServer, "ks.key", "no.key");
        var check = await Invocation.RunAsync("check", file);

        Assert.Equal((2, $"latchkey: {file}: key: file not found: {folder.File("no.key")} (expected a PEM private key)\n"), (check.ExitCode, check.Error));
    }
}
