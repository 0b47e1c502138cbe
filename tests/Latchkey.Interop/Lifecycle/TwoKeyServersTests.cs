using System.Globalization;
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

        // In turn, but for a first handshake that found one link still connecting.
        Assert.InRange(await SignaturesAsync(sites.KeyServer) - before.First, 3, 7);
        Assert.InRange(await SignaturesAsync(second) - before.Second, 3, 7);

        Assert.Equal(0, await sites.KeyServer.StopAsync());
        await FetchAsync(sites, times: 4);
    }

    private static async Task AddKeyServerAsync(KeylessDeployment sites, string endpoint)
    {
        var file = Path.Combine(sites.Files.Edge, "edge.json");
        var config = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        config["keyServers"]!["home"]!["endpoints"]!.AsArray().Add(endpoint);
        await File.WriteAllTextAsync(file, config.ToJsonString());
        sites.Edge.Process.Send(Signal.HangUp);
        await sites.Edge.Process.WaitForLineAsync("edge has reloaded");
        for (var tries = 0; tries < 50 && await ConnectedAsync(sites.Edge) < 2; tries++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
    }

    private static async Task<int> ConnectedAsync(Role edge) => Connected().Count((await edge.AdminAsync("/status")).Body);

    private static async Task FetchAsync(KeylessDeployment sites, int times)
    {
        for (var i = 0; i < times; i++)
            (await CurlClient.RunAsync(sites, Host, "/hello", [])).Succeeded();
    }

    private static async Task<int> SignaturesAsync(Role keyServer) => Signatures()
        .Matches((await keyServer.AdminAsync("/metrics")).Body)
        .Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex("\"isConnected\": ?true")]
    private static partial Regex Connected();

    [GeneratedRegex(@"^latchkey_keyserver_requests_total\{[^}]*sign_certificate_verify[^}]*\} (\d+)", RegexOptions.Multiline)]
    private static partial Regex Signatures();
}
