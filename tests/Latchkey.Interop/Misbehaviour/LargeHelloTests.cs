using System.Globalization;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Misbehaviour;

/// <summary>
/// A hello may be longer than what the key server can be sent of it in one message: the client then is told that there is no handshake for it, and nobody else is troubled.
/// </summary>
public sealed class LargeHelloTests
{
    private const string AllCustodies = "signature exchange master-secret session-keys handshake";

    [Fact]
    [Trait("Attack", "20")]
    public async Task It_is_served_where_the_custody_sends_no_hello_and_is_handshake_failure_where_it_does()
    {
        await using var sites = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            Sites = [.. AllCustodies.Split(' ').Select(custody => new SitePlan(custody, TestKey.EcdsaP256) { Custody = custody })],
        });

        // On a busy machine the first attempt to connect may have failed, which is an error.
        await sites.Edge.Process.WaitForLineAsync("\"home\": connected");
        var (edgeSaid, keyServerSaid) = (sites.Edge.Process.Lines.Count, sites.KeyServer.Process.Lines.Count);

        Assert.Equal("served served", await AskAsync(sites, "signature"));
        Assert.Equal("served 40", await AskAsync(sites, "exchange"));
        Assert.Equal("40 40", await AskAsync(sites, "master-secret"));
        Assert.Equal("40 40", await AskAsync(sites, "session-keys"));
        Assert.Equal("40 40", await AskAsync(sites, "handshake"));

        Assert.DoesNotContain(sites.Edge.Process.Lines.Skip(edgeSaid), line => line.Contains(" error ", StringComparison.Ordinal));
        Assert.DoesNotContain(sites.KeyServer.Process.Lines.Skip(keyServerSaid), line => line.Contains(" error ", StringComparison.Ordinal));
    }

    /// <summary>What becomes of it in TLS 1.2 and in TLS 1.3: <c>served</c>, or the alert.</summary>
    private static async Task<string> AskAsync(KeylessDeployment sites, string site)
    {
        // 60,000 bytes of application protocols that nobody has, and one that everybody has.
        var protocols = string.Join(',', Enumerable.Range(0, 240).Select(i => i.ToString(CultureInfo.InvariantCulture).PadLeft(249, 'x')).Append("http/1.1"));
        var host = sites.Site(site).Host;
        var seen = new List<string>();
        foreach (var version in new[] { "-tls1_2", "-tls1_3" })
        {
            var result = await OpenSslClient.RunAsync(sites, host, [version, "-alpn", protocols], $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            const string alert = "SSL alert number ";
            var at = result.Errors.IndexOf(alert, StringComparison.Ordinal);
            seen.Add(result.Output.Contains(Origin.Greeting, StringComparison.Ordinal) ? "served" : at < 0 ? result.Errors : result.Errors[(at + alert.Length)..].Split('\n')[0]);
        }
        return string.Join(' ', seen);
    }
}
