using System.Text.Json.Nodes;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Interop.Matrix;
using Latchkey.Testing;

namespace Latchkey.Interop.Relay;

/// <summary>Custody <c>handshake</c> as its operators run it: what passes the link between edge and key server is read on the way.</summary>
public sealed class RelayedHandshakeTests
{
    [Theory]
    [InlineData("rsa", "-tls1_2 -cipher AES128-GCM-SHA256", 3)]
    [InlineData("rsa", "-tls1_2 -cipher AES256-SHA", 3)]
    [InlineData("rsa", "-tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384", 3)]
    [InlineData("rsa", "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256", 3)]
    [InlineData("ecdsa", "-tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305", 3)]
    [InlineData("rsa", "-tls1_3", 2)]
    [InlineData("ecdsa", "-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384", 2)]
    [Trait("Catalogue", "K6")]
    [Trait("Catalogue", "K7")]
    [Trait("Catalogue", "F2")]
    [Trait("Catalogue", "F3")]
    public async Task The_key_server_conducts_and_the_edge_gets_session_keys_only(string site, string arguments, int trips)
    {
        await using var sites = await StartAsync(finished: "key-server");

        var keys = await VisitAsync(sites, site, arguments);

        var messages = sites.Tap!.Messages;
        Assert.Equal(trips, messages.Count(message => message.IsRequest));
        Assert.DoesNotContain(messages, message => message.Contains(trips == 3 ? keys.MasterSecret : keys.ExporterSecret));
        if (arguments.Contains(" AES", StringComparison.Ordinal))
            Assert.DoesNotContain(messages, message => message.Contains(keys.Premaster));
    }

    [Theory]
    [InlineData("rsa", "-tls1_2 -cipher AES128-GCM-SHA256")]
    [InlineData("rsa", "-tls1_2 -cipher ECDHE-RSA-AES128-SHA")]
    [InlineData("ecdsa", "-tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384")]
    [Trait("Catalogue", "K6")]
    [Trait("Catalogue", "K7")]
    [Trait("Catalogue", "F1")]
    public async Task The_key_server_hands_the_master_secret_over_and_the_edge_exchanges_finished(string site, string arguments)
    {
        await using var sites = await StartAsync(finished: "edge");

        var keys = await VisitAsync(sites, site, arguments);

        var messages = sites.Tap!.Messages;
        Assert.Equal(2, messages.Count(message => message.IsRequest));
        Assert.Single(messages, message => message.Contains(keys.MasterSecret));
    }

    private static Task<KeylessDeployment> StartAsync(string finished) => KeylessDeployment.StartAsync(new DeploymentPlan
    {
        Tapped = true,
        Change = finished == "edge" ? AllowHandingOver : null,
        Sites =
        [
            new("rsa", TestKey.Rsa2048) { Custody = "handshake", Profile = "legacy", Settings = $$"""{ "finished": "{{finished}}" }""" },
            new("ecdsa", TestKey.EcdsaP256) { Custody = "handshake", Settings = $$"""{ "finished": "{{finished}}" }""" },
        ],
    });

    private static void AllowHandingOver(DeploymentFiles files)
    {
        var file = Path.Combine(files.KeyServer, "keyserver.json");
        var config = JsonNode.Parse(File.ReadAllText(file))!;
        config["keys"]![0]!["handOverMasterSecret"] = true;
        File.WriteAllText(file, config.ToJsonString());
    }

    private static async Task<KeyLog> VisitAsync(KeylessDeployment sites, string site, string arguments)
    {
        using var folder = new TemporaryFolder();
        var log = Path.Combine(folder.Path, "keys");
        var host = sites.Site(site).Host;
        var result = await OpenSslClient.RunAsync(
            sites, host, [.. arguments.Split(' '), "-keylogfile", log], $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        Assert.Contains(Origin.Greeting, result.Succeeded().Output, StringComparison.Ordinal);
        return KeyLog.Read(log);
    }
}
