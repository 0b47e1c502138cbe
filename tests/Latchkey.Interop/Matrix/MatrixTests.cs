using System.Security.Cryptography;
using System.Text;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Matrix;

/// <summary>
/// Custody × version × key exchange × kind of certificate × resumption: a full handshake and one that resumes, with data both ways, the round trips
/// counted, and everything that crossed the link compared with the secrets the client had.
/// </summary>
public sealed class MatrixTests(MatrixSites sites) : IClassFixture<MatrixSites>
{
    private static readonly string Body = new('x', 3000);

    public static IEnumerable<TheoryDataRow<string, Exchange, TestKey, string>> Cells =>
        from cut in Cut.All
        from exchange in Enum.GetValues<Exchange>()
        from key in new[] { TestKey.EcdsaP256, TestKey.Rsa2048 }
        where key == TestKey.Rsa2048 || exchange is Exchange.Tls13 or Exchange.Ecdhe
        from arrangement in cut.Arrangements
        where !arrangement.IsOfTls12Only || exchange != Exchange.Tls13
        select new TheoryDataRow<string, Exchange, TestKey, string>(cut.Name, exchange, key, arrangement.Name)
            .WithTrait("Catalogue", cut.Rows[exchange])
            .WithTrait("Catalogue", arrangement.Row);

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Each_cell(string cutName, Exchange exchange, TestKey key, string arrangementName)
    {
        var cut = Cut.All.Single(cut => cut.Name == cutName);
        var arrangement = cut.Arrangements.Single(arrangement => arrangement.Name == arrangementName);
        using var folder = new TemporaryFolder();
        var session = folder.File("session");

        var full = await VisitAsync(cut.NameOf(key, arrangement), exchange, folder.File("full"), "-sess_out", session);
        Assert.Contains("\nNew, TLSv1.", full.Output, StringComparison.Ordinal);
        AssertNothingAboveTheCutCrossed(cut, arrangement, exchange, full);
        var keeping = arrangement.KeepingAsks ? exchange == Exchange.Tls13 ? 2 : 1 : 0;
        Assert.Equal(cut.RoundTrips[exchange] + keeping, full.Crossed.Count(message => message.IsRequest));

        var resumed = await VisitAsync(cut.NameOf(key, arrangement), exchange, folder.File("resumed"), "-sess_in", session);
        Assert.Contains("\nReused, TLSv1.", resumed.Output, StringComparison.Ordinal);
        AssertNothingAboveTheCutCrossed(cut, arrangement, exchange, resumed);
        Assert.Equal(exchange == Exchange.Tls13 ? arrangement.Resuming13 : arrangement.Resuming, resumed.Crossed.Count(message => message.IsRequest));
    }

    public static IEnumerable<TheoryDataRow<string, string>> Shares =>
        from cut in Cut.All
        from version in new[] { "1.2", "1.3" }
        select new TheoryDataRow<string, string>(cut.Name, version).WithTrait("Catalogue", cut.Rows[version == "1.3" ? Exchange.Tls13 : Exchange.Ecdhe]);

    [Theory]
    [MemberData(nameof(Shares))]
    public async Task GnuTLS_is_served_and_resumes_in_each_custody(string cutName, string version)
    {
        var cut = Cut.All.Single(cut => cut.Name == cutName);
        var host = sites.Deployment.Site(cut.NameOf(TestKey.Rsa2048, cut.Arrangements[0])).Host;
        var result = await GnuTlsClient.ResumeAsync(
            sites.Deployment, host, $"NORMAL:-VERS-ALL:+VERS-TLS{version}", $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        Assert.Contains(Origin.Greeting, result.Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("This is a resumed session", result.Output, StringComparison.Ordinal);
    }

    /// <summary>Posts a body, whose hash must come back.</summary>
    private async Task<Seen> VisitAsync(string site, Exchange exchange, string log, params string[] options)
    {
        var deployment = sites.Deployment;
        var host = deployment.Site(site).Host;
        deployment.Tap!.Clear();
        var result = await OpenSslClient.RunAsync(
            deployment, host, [.. OptionsOf(exchange), "-keylogfile", log, .. options],
            $"POST /upload HTTP/1.1\r\nHost: {host}\r\nContent-Length: {Body.Length}\r\nConnection: close\r\n\r\n{Body}");
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Body))), result.Succeeded().Output, StringComparison.Ordinal);
        return new Seen(result.Output, KeyLog.Read(log), deployment.Tap.Messages);
    }

    private static string[] OptionsOf(Exchange exchange) => exchange switch
    {
        Exchange.Tls13 => ["-tls1_3"],
        Exchange.Ecdhe => ["-tls1_2", "-cipher", "ECDHE+AESGCM"],
        Exchange.Dhe => ["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"],
        _ => ["-tls1_2", "-cipher", "AES128-GCM-SHA256"],
    };

    private static void AssertNothingAboveTheCutCrossed(Cut cut, Arrangement arrangement, Exchange exchange, Seen seen)
    {
        if (exchange == Exchange.Tls13)
        {
            // Where they come from the key server they are the client's own; elsewhere they do not cross.
            Assert.All(seen.Keys.TrafficSecrets, secret => Assert.Equal(cut.TrafficSecretsCross, seen.Crossing(secret)));
            Assert.False(seen.Crossing(seen.Keys.ExporterSecret), "the exporter secret crossed the link");
            return;
        }

        var isResumed = seen.Output.Contains("\nReused", StringComparison.Ordinal);
        // A ticket that the key server seals for an edge that has the secret (R6) has that secret in it.
        var mayCross = cut.MasterSecretCrosses.Contains(exchange) || arrangement.KeepingAsks;
        Assert.True(mayCross || !seen.Crossing(seen.Keys.MasterSecret), "the master secret crossed the link");
        if (exchange == Exchange.Rsa && !isResumed)
            Assert.Equal(cut.PremasterCrosses, seen.Crossing(seen.Keys.Premaster));
        if (cut.MasterSecretCrosses.Contains(exchange) && !isResumed)
            Assert.True(seen.Crossing(seen.Keys.MasterSecret), "the edge's master secret is not the client's");
    }

    /// <summary>What one visit showed.</summary>
    private sealed record Seen(string Output, KeyLog Keys, IReadOnlyList<LinkMessage> Crossed)
    {
        public bool Crossing(byte[] secret) => Crossed.Any(message => message.Contains(secret));
    }
}
