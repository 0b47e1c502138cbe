using System.Globalization;
using System.Text.RegularExpressions;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Resumption;

/// <summary>Sessions of TLS 1.2 that go on, in every arrangement in which the edge has their secret, and how often the key server is asked.</summary>
public sealed class ArrangementTests(ResumptionSites shared) : IClassFixture<ResumptionSites>
{
    private readonly KeylessDeployment _sites = shared.Deployment;

    [Theory]
    [InlineData("r1")]
    [InlineData("r3")]
    [InlineData("r5")]
    [InlineData("r6")]
    [Trait("Catalogue", "R1")]
    [Trait("Catalogue", "R3")]
    [Trait("Catalogue", "R5")]
    [Trait("Catalogue", "R6")]
    public async Task OpenSSL_resumes_with_a_session_it_kept_in_a_file(string site)
    {
        using var folder = new TemporaryFolder();
        var session = Path.Combine(folder.Path, "session");
        var first = await OpenSslClient.RunAsync(_sites, Host(site), ["-tls1_2", "-sess_out", session, .. Tickets(site)], Request(site));
        var second = await OpenSslClient.RunAsync(_sites, Host(site), ["-tls1_2", "-sess_in", session, .. Tickets(site)], Request(site));

        Assert.Matches(new Regex("^New, TLSv1.2", RegexOptions.Multiline), first.Output);
        Assert.Matches(new Regex("^Reused, TLSv1.2", RegexOptions.Multiline), second.Output);
        Assert.Contains(Origin.Greeting, second.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("r1")]
    [InlineData("r3")]
    public async Task OpenSSLs_five_reconnects_are_all_resumed(string site)
    {
        var result = await OpenSslClient.RunAsync(_sites, Host(site), ["-tls1_2", "-reconnect", .. Tickets(site)], Request(site));

        Assert.Equal(5, Regex.Count(result.Output, "^Reused, TLSv1.2", RegexOptions.Multiline));
    }

    [Theory]
    [InlineData("r1")]
    [InlineData("r3")]
    [InlineData("r5")]
    [InlineData("r6")]
    public async Task GnuTLS_resumes(string site)
    {
        var priority = site == "r1" ? "NORMAL:-VERS-ALL:+VERS-TLS1.2:%NO_TICKETS" : "NORMAL:-VERS-ALL:+VERS-TLS1.2";
        var result = await GnuTlsClient.ResumeAsync(_sites, Host(site), priority, Request(site));

        Assert.Contains("This is a resumed session", result.Output, StringComparison.Ordinal);
        Assert.Contains(Origin.Greeting, result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("r1", 0)]
    [InlineData("r3", 0)]
    [InlineData("r5", 0)]
    [InlineData("r6", 4)]
    public async Task NSS_resumes_four_times_of_five(string site, int questions)
    {
        Tool.SkipUnless("tstclnt", "certutil");
        using var folder = new TemporaryFolder();
        var database = await NssDatabase.CreateAsync(folder.Path, _sites.CaFile);
        var request = folder.Write("request", Request(site));
        _sites.Tap!.Clear();

        string[] tickets = site == "r1" ? [] : ["-u"];
        var result = await ChildProcess.RunAsync(
            "tstclnt",
            ["-h", "127.0.0.1", "-a", Host(site), "-p", $"{_sites.Port}", "-d", database, "-V", "tls1.2:tls1.2", "-A", request, "-4", "-L", "5", "-v", .. tickets],
            input: "");

        Assert.Equal(5, Regex.Count(result.Succeeded().All, Origin.Greeting));
        // One signature for all five; R6 has a ticket sealed and opened besides.
        var sealedOnce = site == "r6" ? 1 : 0;
        Assert.Equal(1 + sealedOnce + questions, _sites.Tap.Messages.Count(message => message.IsRequest));
    }

    [Fact]
    public async Task A_site_without_resumption_gives_nothing_out()
    {
        var result = await OpenSslClient.RunAsync(_sites, Host("none"), ["-tls1_2", "-reconnect"], Request("none"));

        Assert.Equal(0, Regex.Count(result.Output, "^Reused", RegexOptions.Multiline));
        Assert.DoesNotContain("lifetime hint", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Catalogue", "T4")]
    public async Task A_client_that_did_not_ask_gets_no_ticket()
    {
        var result = await OpenSslClient.RunAsync(_sites, Host("r3"), ["-tls1_2", "-no_ticket", "-msg"], Request("r3"));

        Assert.DoesNotContain("NewSessionTicket", result.Output, StringComparison.Ordinal);
        Assert.Contains(Origin.Greeting, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_became_of_sessions_is_counted_and_told()
    {
        using (var client = new ReconnectingClient("1.2"))
        {
            client.Visit(_sites.Port, Host("r3"));
            client.Visit(_sites.Port, Host("r3"));
        }

        Assert.Matches(new Regex("^latchkey_tls_resumptions_total\\{arrangement=\"edge_ticket\",result=\"resumed\"\\} [1-9]", RegexOptions.Multiline), (await _sites.Edge.AdminAsync("/metrics")).Body);
        Assert.Contains("\"edge_ticket\"", (await _sites.Edge.AdminAsync("/status")).Body, StringComparison.Ordinal);
    }

    private string Host(string site) => _sites.Site(site).Host;

    private static string[] Tickets(string site) => site == "r1" ? ["-no_ticket"] : [];

    private string Request(string site) => string.Create(CultureInfo.InvariantCulture, $"GET /hello HTTP/1.1\r\nHost: {Host(site)}\r\nConnection: close\r\n\r\n");
}
