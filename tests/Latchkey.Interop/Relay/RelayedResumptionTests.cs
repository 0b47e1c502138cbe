using System.Text.RegularExpressions;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Interop.Matrix;
using Latchkey.Testing;

namespace Latchkey.Interop.Relay;

/// <summary>Relayed sessions go on, conducted by the key server again (R11), the Finished messages made on either side.</summary>
[Trait("Catalogue", "R11")]
public sealed class RelayedResumptionTests(RelayedSites sites) : IClassFixture<RelayedSites>
{
    [Theory]
    [InlineData("ecdsa", "-tls1_2", 2)]
    [InlineData("ecdsa", "-tls1_2 -no_ticket", 2)]
    [InlineData("rsa", "-tls1_2 -cipher AES128-GCM-SHA256", 2)]
    [InlineData("rsa", "-tls1_2 -cipher AES128-SHA:@SECLEVEL=0 -no_ticket", 2)]
    [InlineData("ecdsa-f1", "-tls1_2", 1)]
    [InlineData("ecdsa-f1", "-tls1_2 -no_ticket", 1)]
    [InlineData("rsa-f1", "-tls1_2 -cipher AES128-GCM-SHA256", 1)]
    [Trait("Catalogue", "F1")]
    [Trait("Catalogue", "F2")]
    [Trait("Catalogue", "F3")]
    public async Task OpenSSL_resumes_by_ticket_and_by_identifier(string site, string arguments, int trips)
    {
        using var folder = new TemporaryFolder();
        string[] options = [.. arguments.Split(' '), "-keylogfile", folder.File("keys")];

        var first = await sites.VisitAsync(site, ["-sess_out", folder.File("session"), .. options]);
        sites.Deployment.Tap!.Clear();
        var second = await sites.VisitAsync(site, ["-sess_in", folder.File("session"), .. options]);

        Assert.Matches(new Regex("^New, ", RegexOptions.Multiline), first);
        Assert.Matches(new Regex("^Reused, ", RegexOptions.Multiline), second);
        Assert.Equal(trips, sites.Trips);
        var master = KeyLog.Read(folder.File("keys")).MasterSecret;
        Assert.Equal(site.EndsWith("-f1", StringComparison.Ordinal) ? 1 : 0, sites.Deployment.Tap.Messages.Count(message => message.Contains(master)));
    }

    [Theory]
    [InlineData("ecdsa", "NORMAL:-VERS-ALL:+VERS-TLS1.2")]
    [InlineData("ecdsa", "NORMAL:-VERS-ALL:+VERS-TLS1.2:%NO_TICKETS")]
    [InlineData("ecdsa-f1", "NORMAL:-VERS-ALL:+VERS-TLS1.2")]
    [InlineData("ecdsa", "NORMAL:-VERS-ALL:+VERS-TLS1.3")]
    public async Task GnuTLS_resumes(string site, string priority)
    {
        var result = await GnuTlsClient.ResumeAsync(sites.Deployment, sites.Host(site), priority, sites.Request(site));

        Assert.Contains("This is a resumed session", result.Output, StringComparison.Ordinal);
        Assert.Contains(Origin.Greeting, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Catalogue", "R10")]
    public async Task A_ticket_of_another_site_is_a_full_handshake()
    {
        using var folder = new TemporaryFolder();
        await sites.VisitAsync("ecdsa", "-tls1_2", "-sess_out", folder.File("session"));

        var other = await sites.VisitAsync("ecdsa-f1", "-tls1_2", "-sess_in", folder.File("session"));

        Assert.Matches(new Regex("^New, ", RegexOptions.Multiline), other);
    }
}
