using System.Text.RegularExpressions;
using Latchkey.Interop.Browser;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Fleet;

/// <summary>Clients nobody here wrote, whose connections each reach another edge: their sessions go on.</summary>
[Trait("Catalogue", "T1")]
[Trait("Catalogue", "R5")]
public sealed class FleetClientTests(QuietFleet quiet) : IClassFixture<QuietFleet>
{
    private const string Request = $"GET /hello HTTP/1.1\r\nHost: {TicketFleet.Host}\r\nConnection: close\r\n\r\n";

    private readonly TicketFleet _fleet = quiet.Fleet;

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.3")]
    public async Task OpenSSL_resumes_at_every_edge_with_a_session_that_it_kept_in_a_file(string version)
    {
        using var folder = new TemporaryFolder();
        var session = folder.File("session");
        var tls = version == "1.2" ? "-tls1_2" : "-tls1_3";

        var first = await OpenSslClient.RunAsync(_fleet.SitesAt(0), TicketFleet.Host, [tls, "-sess_out", session], Request);
        Assert.Matches(new Regex($"^New, TLSv{version}", RegexOptions.Multiline), first.Succeeded().Output);
        for (var edge = 0; edge < _fleet.Edges.Count; edge++)
        {
            var again = await OpenSslClient.RunAsync(_fleet.SitesAt(edge), TicketFleet.Host, [tls, "-sess_in", session], Request);
            Assert.Matches(new Regex($"^Reused, TLSv{version}", RegexOptions.Multiline), again.Succeeded().Output);
            Assert.Contains(Origin.Greeting, again.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task OpenSSLs_five_reconnects_reach_other_edges_and_are_all_resumed()
    {
        // TLS 1.2: s_client reconnects before it has read a ticket of TLS 1.3.
        var result = await OpenSslClient.RunAsync(_fleet.SitesAt(null), TicketFleet.Host, ["-tls1_2", "-reconnect"], Request);

        Assert.Equal(5, Regex.Count(result.Output, "^Reused, TLSv1.2", RegexOptions.Multiline));
    }

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.3")]
    public async Task GnuTLS_resumes_at_the_next_edge(string version)
    {
        var result = await GnuTlsClient.ResumeAsync(_fleet.SitesAt(null), TicketFleet.Host, $"NORMAL:-VERS-ALL:+VERS-TLS{version}", Request);

        Assert.Contains("This is a resumed session", result.Output, StringComparison.Ordinal);
        Assert.Contains(Origin.Greeting, result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.3")]
    public async Task NSS_comes_three_hundred_times_and_nearly_always_resumes(string version)
    {
        var sites = _fleet.SitesAt(null);
        var before = await HandshakesAsync();

        var told = await StressClient.RunAsync(sites, TicketFleet.Host, version, connections: 300);

        // Its first ones go out before there is a ticket.
        var (full, resumed) = await HandshakesAsync() - before;
        Assert.True(resumed >= 290 && full <= 10, $"{resumed} resumed and {full} full, by what the edges counted\n{told}");
    }

    [Fact]
    public async Task Chromium_reloads_a_page_at_other_edges_and_resumes()
    {
        await using var chromium = await ChromiumSession.StartAsync(_fleet.SitesAt(null), TicketFleet.Host);
        await chromium.LoadAsync();
        var before = await HandshakesAsync();

        for (var i = 0; i < 4; i++)
        {
            _fleet.Spread.Cut(); // else it would stay on its connection
            await chromium.ReloadAsync();
        }

        var (full, resumed) = await HandshakesAsync() - before;
        Assert.True(full == 0 && resumed >= 4, $"{resumed} resumed and {full} full");
    }

    private Task<Handshakes> HandshakesAsync() => Handshakes.OfAsync(_fleet.Edges);
}
