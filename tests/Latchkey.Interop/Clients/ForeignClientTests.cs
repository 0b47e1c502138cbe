using System.Text.RegularExpressions;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Clients;

/// <summary>Every client × TLS 1.2 and 1.3 × ECDSA and RSA: version, suite, certificate and body are what they should be.</summary>
public sealed partial class ForeignClientTests(SharedSites shared)
{
    public static TheoryData<string, string, string> Visits =>
        new(from client in ForeignClient.All from version in new[] { "1.2", "1.3" } from site in new[] { "ecdsa", "rsa" } select (client.Name, version, site));

    [Theory]
    [MemberData(nameof(Visits))]
    [Trait("Catalogue", "K2")]
    [Trait("Catalogue", "X1")]
    [Trait("Catalogue", "I1")]
    public async Task A_client_nobody_here_wrote_gets_the_page(string clientName, string version, string siteName)
    {
        var client = ForeignClient.All.Single(client => client.Name == clientName);
        Tool.SkipUnless(client.Programs);
        var sites = await shared.GetAsync();
        var host = sites.Site(siteName).Host;

        var visit = await client.VisitAsync(sites, host, version, "/hello");

        Assert.Equal(version, visit.Version);
        Assert.Equal(sites.CertificateOf(siteName).Certificate, visit.Certificate);
        Assert.Contains($"{Origin.Greeting}, {host}", visit.Body, StringComparison.Ordinal);
        Assert.Matches(AeadSuite(), visit.Suite);
        if (version == "1.2")
        {
            Assert.Contains("ECDHE", visit.Suite, StringComparison.Ordinal);
            Assert.Contains(siteName.ToUpperInvariant(), visit.Suite, StringComparison.Ordinal);
        }

        if (visit.Application.Length > 0)
        {
            Assert.Equal(clientName.EndsWith("http2", StringComparison.Ordinal) ? "h2" : "http/1.1", visit.Application);
        }
    }

    [GeneratedRegex("AES[-_]?(128|256)?[-_]GCM|CHACHA20[-_]POLY1305")]
    private static partial Regex AeadSuite();
}
