using System.Globalization;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Interop.Matrix;
using Latchkey.Testing;

namespace Latchkey.Interop.Custodies;

/// <summary>
/// TLS 1.3 under the custodies that cut the ladder at the key server, with OpenSSL as the client: application data both ways, the round trips counted, and on the wire
/// between edge and key server what the edge may hold and nothing above it.
/// </summary>
[Trait("Catalogue", "X2")]
public sealed class Tls13CustodyTests(CustodySites shared) : IClassFixture<CustodySites>
{
    // OpenSSL sends a share of the first group only; P-521 is not served, so that a HelloRetryRequest asks for P-384.
    private static readonly string[] Groups = ["X25519", "P-256", "P-521:P-384"];

    public static TheoryData<string, string> Cells(string custody)
    {
        var cells = new TheoryData<string, string>();
        foreach (var key in new[] { "ecdsa", "rsa" })
        {
            foreach (var groups in Groups)
                cells.Add($"{custody}-{key}", groups);
        }

        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells), "exchange")]
    [Trait("Catalogue", "K3")]
    public Task The_shared_secret_comes_to_the_edge(string site, string groups) => NoTrafficSecretComesAsync(site, groups);

    [Theory]
    [MemberData(nameof(Cells), "handed")]
    [Trait("Catalogue", "K3a")]
    public Task The_private_value_comes_to_the_edge(string site, string groups) => NoTrafficSecretComesAsync(site, groups);

    [Theory]
    [MemberData(nameof(Cells), "master")]
    [Trait("Catalogue", "K3b")]
    public Task The_handshake_secret_comes_to_the_edge(string site, string groups) => NoTrafficSecretComesAsync(site, groups);

    [Theory]
    [MemberData(nameof(Cells), "keys")]
    [Trait("Catalogue", "K3c")]
    [Trait("Catalogue", "F2")]
    [Trait("Catalogue", "F3")]
    public async Task The_traffic_secrets_come_to_the_edge_and_are_the_clients(string site, string groups)
    {
        var (keys, link) = await VisitAsync(site, ["-groups", groups]);

        Assert.Equal(["47"], Operations(link));
        var reply = Reply(link);
        Assert.All(keys.TrafficSecrets, secret => Assert.True(reply.Contains(secret)));
        Assert.False(reply.Contains(keys.ExporterSecret));
    }

    [Theory]
    [InlineData("ecdsa")]
    [InlineData("rsa")]
    [Trait("Catalogue", "R4")]
    public async Task A_session_whose_secret_the_edge_does_not_have_goes_on_in_one_round_trip_and_goes_on_again(string key)
    {
        using var folder = new TemporaryFolder();
        var session = folder.File("session");
        var site = "keys-" + key;
        await VisitAsync(site, ["-sess_out", session]);

        for (var again = 0; again < 2; again++)
        {
            var (keys, link) = await VisitAsync(site, ["-sess_in", session, "-sess_out", session], reused: true);

            Assert.Equal(["48"], Operations(link));
            var reply = Reply(link);
            Assert.All(keys.TrafficSecrets, secret => Assert.True(reply.Contains(secret)));
            Assert.False(reply.Contains(keys.ExporterSecret));
        }
    }

    [Fact]
    [Trait("Catalogue", "R4")]
    public async Task A_session_goes_on_after_a_HelloRetryRequest()
    {
        using var folder = new TemporaryFolder();
        var session = folder.File("session");
        await VisitAsync("keys-ecdsa", ["-sess_out", session, "-groups", "P-521:P-384"]);

        var (_, link) = await VisitAsync("keys-ecdsa", ["-sess_in", session, "-groups", "P-521:P-384"], reused: true);

        Assert.Equal(["48"], Operations(link));
    }

    [Theory]
    [InlineData("exchange-ecdsa")]
    [InlineData("handed-rsa")]
    [InlineData("master-ecdsa")]
    [Trait("Catalogue", "R3")]
    public async Task A_session_whose_secret_the_edge_has_goes_on_without_the_key_server(string site)
    {
        using var folder = new TemporaryFolder();
        var session = folder.File("session");
        await VisitAsync(site, ["-sess_out", session]);

        var (_, link) = await VisitAsync(site, ["-sess_in", session], reused: true);

        Assert.Empty(link);
    }

    [Fact]
    [Trait("Catalogue", "R10")]
    public async Task A_ticket_of_another_site_leads_to_a_full_handshake()
    {
        using var folder = new TemporaryFolder();
        var session = folder.File("session");
        await VisitAsync("keys-ecdsa", ["-sess_out", session]);

        var (_, link) = await VisitAsync("keys-rsa", ["-sess_in", session]);

        Assert.Equal(["48", "47"], Operations(link));
    }

    [Theory]
    [InlineData("alice")]
    [InlineData("rsa")]
    [Trait("Catalogue", "G1")]
    [Trait("Catalogue", "F2")]
    [Trait("Catalogue", "R4")]
    public async Task A_client_that_shows_a_certificate_costs_a_second_round_trip_and_resumes_in_one(string client)
    {
        using var folder = new TemporaryFolder();
        var session = folder.File("session");

        var (_, link) = await VisitAsync("keys-clients", ["-cert", shared.ClientFile(client), "-key", shared.ClientKey(client), "-sess_out", session]);
        Assert.Equal(["47", "4F"], Operations(link));

        (_, link) = await VisitAsync("keys-clients", ["-sess_in", session], reused: true);
        Assert.Equal(["48"], Operations(link));
    }

    [Fact]
    [Trait("Catalogue", "G1")]
    [Trait("Catalogue", "F2")]
    public async Task A_client_that_is_asked_for_a_certificate_and_has_none_is_served_where_it_may()
    {
        var (_, link) = await VisitAsync("keys-clients", []);

        Assert.Equal(["47", "4F"], Operations(link));
    }

    private async Task NoTrafficSecretComesAsync(string site, string groups)
    {
        var (keys, link) = await VisitAsync(site, ["-groups", groups]);

        Assert.Equal(["47"], Operations(link));
        Assert.All(keys.TrafficSecrets.Append(keys.ExporterSecret), secret => Assert.DoesNotContain(link, message => message.Contains(secret)));
    }

    private async Task<(KeyLog Keys, IReadOnlyList<LinkMessage> Link)> VisitAsync(string site, string[] options, bool reused = false)
    {
        var sites = await shared.GetAsync();
        using var folder = new TemporaryFolder();
        var log = folder.File("keys");
        var host = sites.Site(site).Host;
        sites.Tap!.Clear();
        var result = await OpenSslClient.RunAsync(
            sites, host, ["-tls1_3", "-keylogfile", log, .. options], $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        var output = result.Succeeded().Output;
        Assert.Contains($"{Origin.Greeting}, {host}", output, StringComparison.Ordinal);
        Assert.Contains(reused ? "Reused, TLSv1.3" : "New, TLSv1.3", output, StringComparison.Ordinal);
        // What a connection that has just come up says of itself is no answer to anybody's handshake.
        var requests = sites.Tap.Messages.Where(message => message.IsRequest).Select(message => message.Message.Id).ToHashSet();
        return (KeyLog.Read(log), [.. sites.Tap.Messages.Where(message => requests.Contains(message.Message.Id))]);
    }

    private static LinkMessage Reply(IReadOnlyList<LinkMessage> link) => Assert.Single(link, message => !message.IsRequest);

    private static List<string> Operations(IReadOnlyList<LinkMessage> link) =>
        [.. link.Where(message => message.IsRequest).Select(message => message.Message.Opcode.ToString("X2", CultureInfo.InvariantCulture))];
}
