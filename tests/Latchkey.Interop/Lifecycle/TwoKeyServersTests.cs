using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Lifecycle;

/// <summary>Two key servers with the same keys: both work, and either may go.</summary>
public sealed partial class TwoKeyServersTests
{
    private const string Host = "ecdsa.example.test";

    [Fact]
    [Trait("Catalogue", "D1")]
    [Trait("Catalogue", "D2")]
    public async Task Handshakes_go_round_two_key_servers_and_none_fails_when_one_is_gone()
    {
        await using var sites = await KeylessDeployment.StartAsync();
        await using var second = await Role.StartAsync("keyserver", sites.Files.KeyServer);
        await AddKeyServerAsync(sites, second.Endpoint.ToString());
        var before = (First: await SignaturesAsync(sites.KeyServer), Second: await SignaturesAsync(second));

        await FetchAsync(sites, times: 10);

        // In turn, but for one that may have stayed away for a moment.
        Assert.InRange(await SignaturesAsync(sites.KeyServer) - before.First, 3, 7);
        Assert.InRange(await SignaturesAsync(second) - before.Second, 3, 7);

        Assert.Equal(0, await sites.KeyServer.StopAsync());
        await FetchAsync(sites, times: 4);
    }

    [Theory]
    [InlineData("exchange", "off")]
    [InlineData("master-secret", "off")]
    [InlineData("session-keys", "key-server")]
    [Trait("Catalogue", "D1")]
    [Trait("Catalogue", "K3")]
    [Trait("Catalogue", "R4")]
    public async Task The_second_question_of_a_handshake_and_its_ticket_are_answered_by_the_other_key_server(string custody, string tickets)
    {
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            Sites = [new("ecdsa", TestKey.EcdsaP256) { Custody = custody, Settings = $$"""{ "resumption": { "tickets": "{{tickets}}", "sessionIds": "off" } }""" }],
            Change = ShareSealingSecret,
        });
        await using var second = await Role.StartAsync("keyserver", sites.Files.KeyServer);
        await AddKeyServerAsync(sites, second.Endpoint.ToString());
        using var folder = new TemporaryFolder();
        var session = folder.File("session");

        // The key servers are asked in turn.
        for (var i = 0; i < 4; i++)
            await VisitAsync(sites, "-sess_out", session);

        Assert.True(await CrossedAsync(sites.KeyServer, second) + await CrossedAsync(second, sites.KeyServer) >= 3);
        if (tickets == "off")
            return;
        for (var i = 0; i < 4; i++)
            Assert.Contains("\nReused, TLSv1.2", await VisitAsync(sites, "-sess_in", session), StringComparison.Ordinal);
        Assert.True(await AnsweredAsync(sites.KeyServer, "resume_tls12") > 0);
        Assert.True(await AnsweredAsync(second, "resume_tls12") > 0);
    }

    private static void ShareSealingSecret(DeploymentFiles files)
    {
        File.WriteAllBytes(Path.Combine(files.KeyServer, "sealing.secret"), RandomNumberGenerator.GetBytes(48));
        var file = Path.Combine(files.KeyServer, "keyserver.json");
        var config = JsonNode.Parse(File.ReadAllText(file))!;
        config["sealingSecretFile"] = "sealing.secret";
        File.WriteAllText(file, config.ToJsonString());
    }

    private static async Task<string> VisitAsync(KeylessDeployment sites, params string[] options)
    {
        var result = await OpenSslClient.RunAsync(sites, Host, ["-tls1_2", .. options], $"GET /hello HTTP/1.1\r\nHost: {Host}\r\nConnection: close\r\n\r\n");
        Assert.Contains(Origin.Greeting, result.Succeeded().Output, StringComparison.Ordinal);
        return result.Output;
    }

    /// <summary>Second questions answered here whose first went elsewhere.</summary>
    private static async Task<int> CrossedAsync(Role here, Role elsewhere) =>
        Math.Min(Math.Max(0, await AnsweredAsync(here, "agree_key_exchange") - await AnsweredAsync(here, "offer_key_exchange")), await AnsweredAsync(elsewhere, "offer_key_exchange"));

    private static async Task<int> AnsweredAsync(Role keyServer, string operation) =>
        Regex.Matches((await keyServer.AdminAsync("/metrics")).Body, $@"^latchkey_keyserver_requests_total\{{[^}}]*""{operation}""[^}}]*""ok""[^}}]*\}} (\d+)", RegexOptions.Multiline)
            .Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    private static async Task AddKeyServerAsync(KeylessDeployment sites, string endpoint)
    {
        var file = Path.Combine(sites.Files.Edge, "edge.json");
        var config = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        config["keyServers"]!["home"]!["endpoints"]!.AsArray().Add(endpoint);
        // Here it is counted who was asked: nobody is asked twice because this machine is slow.
        config["keyServers"]!["home"]!["balancing"] = new JsonObject { ["hedgeBudgetPercent"] = 0, ["lateMilliseconds"] = 60_000 };
        await File.WriteAllTextAsync(file, config.ToJsonString());
        sites.Edge.Process.Send(Signal.HangUp);
        await sites.Edge.Process.WaitForLineAsync("edge has reloaded");
        await sites.Edge.ConnectsAsync();
    }

    private static async Task FetchAsync(KeylessDeployment sites, int times)
    {
        for (var i = 0; i < times; i++)
            (await CurlClient.RunAsync(sites, Host, "/hello", [])).Succeeded();
    }

    private static async Task<int> SignaturesAsync(Role keyServer) => Signatures()
        .Matches((await keyServer.AdminAsync("/metrics")).Body)
        .Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^latchkey_keyserver_requests_total\{[^}]*sign_certificate_verify[^}]*\} (\d+)", RegexOptions.Multiline)]
    private static partial Regex Signatures();
}
