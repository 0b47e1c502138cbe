using System.Text.RegularExpressions;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Interop.Matrix;
using Latchkey.Testing;

namespace Latchkey.Interop.Resumption;

/// <summary>Sessions that the key server makes: in tickets, under identifiers, kept by the edge for it, or given to the edge as a state to be sealed.</summary>
public sealed class KeyServerSessionTests(KeyServerSessionSites shared) : IClassFixture<KeyServerSessionSites>
{
    private readonly KeylessDeployment _sites = shared.Deployment;

    [Theory]
    [InlineData("r2", "ECDHE-ECDSA-AES128-GCM-SHA256")]
    [InlineData("r4", "ECDHE-ECDSA-AES256-GCM-SHA384")]
    [InlineData("r4-rsa", "AES128-GCM-SHA256")]
    [InlineData("r4-rsa", "DHE-RSA-CHACHA20-POLY1305")]
    [InlineData("r4-rsa", "ECDHE-RSA-AES128-SHA256")]
    [InlineData("r7", "ECDHE-ECDSA-CHACHA20-POLY1305")]
    [InlineData("r9", "ECDHE-ECDSA-AES128-GCM-SHA256")]
    [Trait("Catalogue", "R2")]
    [Trait("Catalogue", "R4")]
    [Trait("Catalogue", "R7")]
    [Trait("Catalogue", "R9")]
    [Trait("Catalogue", "F2")]
    [Trait("Catalogue", "F3")]
    public async Task OpenSSL_resumes_and_the_master_secret_stays_where_it_was(string site, string suite)
    {
        using var folder = new TemporaryFolder();
        var log = folder.File("keys");
        string[] options = ["-tls1_2", "-cipher", suite + ":@SECLEVEL=0", "-keylogfile", log, .. TakesTickets(site) ? Array.Empty<string>() : ["-no_ticket"]];
        _sites.Tap!.Clear();

        var first = await OpenSslClient.RunAsync(_sites, Host(site), ["-sess_out", folder.File("session"), .. options], Request(site));
        var second = await OpenSslClient.RunAsync(_sites, Host(site), ["-sess_in", folder.File("session"), .. options], Request(site));

        Assert.Matches(new Regex("^New, TLSv1.2", RegexOptions.Multiline), first.Succeeded().Output);
        Assert.Matches(new Regex($"^Reused, TLSv1.2, Cipher is {suite}", RegexOptions.Multiline), second.Succeeded().Output);
        Assert.Contains(Origin.Greeting, second.Output, StringComparison.Ordinal);
        var master = KeyLog.Read(log).MasterSecret;
        Assert.Equal(site == "r7" ? 1 : 0, _sites.Tap.Messages.Count(message => message.Contains(master)));
    }

    [Fact]
    [Trait("Catalogue", "R8")]
    public void Each_resumption_brings_another_ticket_than_the_one_before()
    {
        using var client = new ReconnectingClient("1.2", takesTickets: true);
        _sites.Tap!.Clear();
        for (var i = 0; i < 4; i++)
            Assert.Equal(i > 0, client.Visit(_sites.Port, Host("r4")).Resumed);

        // Operation 46 begins with the ticket: two bytes of length, the name of its key, then the salt that is its own.
        var tickets = _sites.Tap.Messages.Where(message => message.IsRequest && message.Message.Opcode == 0x46).Select(message => Convert.ToHexString(message.Message.Items[0x12].AsSpan(18, 16))).ToList();
        Assert.Equal(3, tickets.Distinct().Count());
    }

    [Theory]
    [InlineData("r4")]
    [InlineData("r7")]
    [InlineData("r9")]
    [InlineData("r2")]
    public async Task GnuTLS_resumes(string site)
    {
        var priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2" + (TakesTickets(site) ? "" : ":%NO_TICKETS");
        var result = await GnuTlsClient.ResumeAsync(_sites, Host(site), priority, Request(site));

        Assert.Contains("This is a resumed session", result.Output, StringComparison.Ordinal);
        Assert.Contains(Origin.Greeting, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Catalogue", "R10")]
    public async Task A_ticket_of_another_site_is_a_full_handshake()
    {
        using var folder = new TemporaryFolder();
        await OpenSslClient.RunAsync(_sites, Host("r4"), ["-tls1_2", "-sess_out", folder.File("session")], Request("r4"));
        var other = await OpenSslClient.RunAsync(_sites, Host("r4-rsa"), ["-tls1_2", "-sess_in", folder.File("session")], Request("r4-rsa"));

        Assert.Matches(new Regex("^New, TLSv1.2", RegexOptions.Multiline), other.Succeeded().Output);
        Assert.Contains(Origin.Greeting, other.Output, StringComparison.Ordinal);
    }

    private static bool TakesTickets(string site) => site is not ("r2" or "r9");

    private string Host(string site) => _sites.Site(site).Host;

    private string Request(string site) => $"GET /hello HTTP/1.1\r\nHost: {Host(site)}\r\nConnection: close\r\n\r\n";
}
