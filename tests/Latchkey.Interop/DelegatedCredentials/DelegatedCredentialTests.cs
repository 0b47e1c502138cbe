using System.Globalization;
using System.Text.RegularExpressions;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.DelegatedCredentials;

/// <summary>Delegated credentials between processes of the program and a peer that implements RFC 9345.</summary>
[Trait("Catalogue", "X6")]
public sealed class DelegatedCredentialTests
{
    private const string Rules = """{ "rules": [ { "edges": ["edge.test"], "operations": ["standard", "delegated-credential"], "delegatedCredentialSeconds": 600 } ] }""";
    private const string Settings = """{ "delegatedCredentials": { "lifetimeSeconds": 600 } }""";

    [Fact]
    public async Task Full_handshakes_with_clients_that_know_them_take_no_question_and_go_on_without_the_key_server()
    {
        var firefox = new NssClient(offersDelegatedCredentials: true);
        Tool.SkipUnless(firefox.Programs);
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            KeySettings = Rules,
            Sites = [Site("ecdsa", TestKey.EcdsaP256), Site("p384", TestKey.EcdsaP384), Site("rsa", TestKey.Rsa2048), Site("plain", TestKey.EcdsaP256) with { Delegates = false }],
        });
        await ServedAsync(sites, "ecdsa", "p384");
        var asked = await SignaturesAsync(sites);

        foreach (var name in new[] { "ecdsa", "p384", "ecdsa" })
            await SeesAsync(firefox, sites, name);
        Assert.Equal(asked, await SignaturesAsync(sites));
        Assert.Equal(3, await CountAsync(sites.Edge, "latchkey_tls_delegated_credentials_total"));

        // A certificate that may not delegate, an RSA key (whose credentials Firefox refuses), and clients that do not know the extension: served, by asking.
        await SeesAsync(firefox, sites, "plain");
        await SeesAsync(firefox, sites, "rsa");
        await SeesAsync(new NssClient(), sites, "ecdsa");
        await SeesAsync(new OpenSslClient(), sites, "p384");
        Assert.Equal(asked + 4, await SignaturesAsync(sites));
        Assert.Equal(3, await CountAsync(sites.Edge, "latchkey_tls_delegated_credentials_total"));
        foreach (var obstacle in new[] { "DelegationUsage", "RSA key" })
            await sites.Edge.Process.WaitForLineAsync(line => line.Contains("no delegated credentials for", StringComparison.Ordinal) && line.Contains(obstacle, StringComparison.Ordinal), obstacle);

        Assert.Equal(0, await sites.KeyServer.StopAsync());
        await SeesAsync(firefox, sites, "ecdsa");
        await SeesAsync(firefox, sites, "p384");
        await Assert.ThrowsAnyAsync<Exception>(() => new OpenSslClient().VisitAsync(sites, sites.Site("ecdsa").Host, "1.3", "/hello"));
    }

    [Fact]
    public async Task A_reload_keeps_the_credential_and_a_site_that_wants_none_any_more_serves_none()
    {
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan { KeySettings = Rules, Sites = [Site("ecdsa", TestKey.EcdsaP256)] });
        await ServedAsync(sites, "ecdsa");
        var before = await IssuedAsync(sites);
        var file = Path.Combine(sites.Files.Edge, "edge.json");

        await ReloadAsync(sites);
        Assert.Equal(before, await IssuedAsync(sites));

        File.WriteAllText(file, File.ReadAllText(file).Replace("\"delegatedCredentials\":{\"lifetimeSeconds\":600}", "\"delegatedCredentials\":false", StringComparison.Ordinal));
        await ReloadAsync(sites);
        Assert.Null(await RemainingAsync(sites, "ecdsa"));
    }

    [Fact]
    public async Task Where_the_owner_allows_none_sites_are_served_by_asking_and_the_edge_says_so()
    {
        var firefox = new NssClient(offersDelegatedCredentials: true);
        Tool.SkipUnless(firefox.Programs);
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan { Sites = [Site("ecdsa", TestKey.EcdsaP256)] });
        await sites.Edge.Process.WaitForLineAsync(line => line.Contains("issue delegated credential failed", StringComparison.Ordinal), "a refusal");

        await SeesAsync(firefox, sites, "ecdsa");
        Assert.Equal(0, await CountAsync(sites.Edge, "latchkey_tls_delegated_credentials_total"));
        Assert.Equal(0, await RemainingAsync(sites, "ecdsa"));
        Assert.Equal((200, "ready\nno delegated credential of ecdsa.example.test: full handshakes ask the key server\n"), await sites.Edge.AdminAsync("/readyz"));
        await sites.KeyServer.Process.WaitForLineAsync("delegated-credential is not among its operations");
    }

    private static SitePlan Site(string name, TestKey key) => new(name, key) { Delegates = true, Settings = Settings };

    private static async Task SeesAsync(ForeignClient client, ServedSites sites, string name)
    {
        var visit = await client.VisitAsync(sites, sites.Site(name).Host, "1.3", "/hello");
        Assert.Contains(Origin.Greeting, visit.Body, StringComparison.Ordinal);
        Assert.Equal(sites.CertificateOf(name).Certificate, visit.Certificate);
    }

    private static async Task ServedAsync(KeylessDeployment sites, params string[] names)
    {
        using var patience = new CancellationTokenSource(ChildProcess.Patience);
        foreach (var name in names)
        {
            while (await RemainingAsync(sites, name) is not > 0)
                await Task.Delay(50, patience.Token);
        }
    }

    private static async Task ReloadAsync(KeylessDeployment sites)
    {
        var reloads = await CountAsync(sites.Edge, "latchkey_edge_reloads_total");
        sites.Edge.Process.Send(Signal.HangUp);
        using var patience = new CancellationTokenSource(ChildProcess.Patience);
        while (await CountAsync(sites.Edge, "latchkey_edge_reloads_total") == reloads)
            await Task.Delay(50, patience.Token);
    }

    private static async Task<string> IssuedAsync(KeylessDeployment sites) => Regex.Match((await sites.Edge.AdminAsync("/status")).Body, @"""delegatedCredential""\s*:\s*\{[^}]*\}").Value;

    private static Task<double?> RemainingAsync(KeylessDeployment sites, string name) =>
        ReadAsync(sites.Edge, $@"^latchkey_edge_delegated_credential_remaining_seconds\{{site=""{Regex.Escape(sites.Site(name).Host)}""\}} (\S+)");

    private static async Task<double> SignaturesAsync(KeylessDeployment sites) =>
        await ReadAsync(sites.KeyServer, @"^latchkey_keyserver_requests_total\{[^}]*""sign_certificate_verify""[^}]*""ok""[^}]*\} (\d+)") ?? 0;

    private static async Task<double> CountAsync(Role role, string metric) => await ReadAsync(role, $@"^{metric}(?:\{{[^}}]*\}})? (\d+)") ?? 0;

    private static async Task<double?> ReadAsync(Role role, string pattern)
    {
        var match = Regex.Match((await role.AdminAsync("/metrics")).Body, pattern, RegexOptions.Multiline);
        return match.Success ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;
    }
}
