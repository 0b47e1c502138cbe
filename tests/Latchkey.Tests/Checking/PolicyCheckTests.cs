using Latchkey.Tests.CommandLine;
using Latchkey.Tests.Configuration;

namespace Latchkey.Tests.Checking;

/// <summary><c>latchkey check keyserver.json --edge A --key B</c> tells what the rules say, and which of them.</summary>
public sealed class PolicyCheckTests(ConfigurationFolder folder) : IClassFixture<ConfigurationFolder>
{
    private const string Rules = """
        "rules": [
          { "edges": ["edge-a"], "operations": ["sign-tls13"], "names": ["example.test"] },
          { "edges": ["edge-b"], "custody": "session-keys", "rate": { "perSecond": 5 }, "quota": { "uses": 9, "per": "hour" } },
          { "edges": ["edge.test"], "schemes": ["ed25519"] }
        ]
        """;

    [Theory]
    [InlineData("--edge edge-a --key site.key --operation sign-tls13", 0, "edge edge-a, key site.key, name example.test: sign-tls13 allowed by keys[0].rules[0]")]
    [InlineData("--edge edge-a --key site.key --operation sign-tls12", 1, "edge edge-a, key site.key, name example.test: sign-tls12 denied by keys[0].rules[0]: sign-tls12 is not among its operations (sign-tls13)")]
    [InlineData("--edge edge-a --key site.key --operation sign-tls13 --name www.example.test", 1, "edge edge-a, key site.key, name www.example.test: sign-tls13 denied by keys[0].rules[0]: the name is not among its names (example.test)")]
    [InlineData("--edge edge-b --key site.key --operation exchange", 0, "edge edge-b, key site.key, name example.test: exchange allowed by keys[0].rules[1]; custody up to session-keys; 5 a second, 5 at once; 9 an hour")]
    [InlineData("--edge edge-b --key site.key --operation exchange --custody exchange", 1, "edge edge-b, key site.key, name example.test: exchange denied by keys[0].rules[1]: the edge would hold exchange, its custody ends at session-keys")]
    [InlineData("--edge edge.pem --key site.key --operation sign-tls13 --scheme rsa_pss_rsae_sha256", 1, "edge edge.test, key site.key, name example.test: sign-tls13 denied by keys[0].rules[2]: rsa_pss_rsae_sha256 is not among its schemes (ed25519)")]
    [InlineData("--edge edge-c --key site.key --operation relay", 1, "edge edge-c, key site.key, name example.test: relay denied by keys[0].rules: no rule is for this edge")]
    public async Task A_decision_is_one_line_with_the_rule_and_the_exit_code_tells_it_too(string arguments, int exitCode, string line)
    {
        var check = await CheckAsync([.. arguments.Split(' ').Select(word => word == "edge.pem" ? folder.File(word) : word)]);

        Assert.Equal((exitCode, ""), (check.ExitCode, check.Error));
        Assert.Equal(line, check.Output.TrimEnd().Split('\n')[^1]);
    }

    [Fact]
    public async Task Without_key_and_operation_all_of_them_are_told()
    {
        var check = await CheckAsync("--edge", "edge-a");

        var lines = check.Output.TrimEnd().Split('\n').Where(line => line.StartsWith("edge edge-a, key ", StringComparison.Ordinal)).ToList();
        Assert.Equal(0, check.ExitCode);
        Assert.Equal(2 * 15, lines.Count); // two keys, of which one has no certificate to take a name from
        Assert.Equal(1, lines.Count(line => line.Contains(" allowed by ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_key_that_is_not_there_is_an_error()
    {
        var check = await CheckAsync("--edge", "edge-a", "--key", "nosite");

        Assert.Equal((1, "latchkey: no key is \"nosite\" (expected a key file, the beginning of an SKI, or a name in a certificate; without --key all are shown)\n"), (check.ExitCode, check.Error));
    }

    private Task<Invocation> CheckAsync(params string[] arguments)
    {
        File.Copy(folder.File("site.pem"), folder.File("keys/site.pem"), overwrite: true);
        var file = folder.WriteChanged("checked-rules.json", ConfigurationFolder.KeyServer, "\"rawOperations\": false", Rules);
        return Invocation.RunAsync(["check", file, .. arguments]);
    }
}
