using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Interop.Matrix;
using Latchkey.Testing;

namespace Latchkey.Interop.Custodies;

/// <summary>
/// The custodies that leave the key exchange to the key server, with OpenSSL as the client: application data both ways, the round trips counted, and on the wire between
/// edge and key server what the edge may hold and nothing above it.
/// </summary>
public sealed class Tls12CustodyTests(CustodySites shared) : IClassFixture<CustodySites>
{
    [Theory]
    [InlineData("exchange-ecdsa", "ECDHE-ECDSA-AES128-GCM-SHA256")]
    [InlineData("exchange-rsa", "ECDHE-RSA-AES256-GCM-SHA384")]
    [InlineData("exchange-rsa", "DHE-RSA-AES128-GCM-SHA256")]
    [Trait("Catalogue", "K3")]
    [Trait("Catalogue", "F1")]
    public async Task The_premaster_secret_comes_to_the_edge_with_the_second_answer(string site, string suite)
    {
        var (keys, link) = await VisitAsync(site, suite);

        Assert.Equal(["44", "45"], Operations(link));
        Assert.DoesNotContain(link, message => message.Contains(keys.MasterSecret));
    }

    [Theory]
    [InlineData("handed-ecdsa", "ECDHE-ECDSA-AES128-GCM-SHA256")]
    [InlineData("handed-rsa", "ECDHE-RSA-CHACHA20-POLY1305")]
    [InlineData("handed-rsa", "DHE-RSA-AES256-GCM-SHA384")]
    [Trait("Catalogue", "K3a")]
    public async Task The_private_value_comes_to_the_edge_with_the_only_answer(string site, string suite)
    {
        var (keys, link) = await VisitAsync(site, suite);

        Assert.Equal(["44"], Operations(link));
        Assert.DoesNotContain(link, message => message.Contains(keys.MasterSecret));
    }

    [Theory]
    [InlineData("master-ecdsa", "ECDHE-ECDSA-AES128-GCM-SHA256")]
    [InlineData("master-rsa", "ECDHE-RSA-AES256-GCM-SHA384")]
    [InlineData("master-rsa", "DHE-RSA-AES128-GCM-SHA256")]
    [Trait("Catalogue", "K3b")]
    [Trait("Catalogue", "F1")]
    public async Task The_master_secret_comes_to_the_edge(string site, string suite)
    {
        var (keys, link) = await VisitAsync(site, suite);

        Assert.Equal(["44", "45"], Operations(link));
        Assert.Single(link, message => message.Contains(keys.MasterSecret));
    }

    [Theory]
    [InlineData("exchange-rsa", "AES128-GCM-SHA256")]
    [InlineData("handed-rsa", "AES256-GCM-SHA384")]
    [InlineData("master-rsa", "AES128-GCM-SHA256")]
    [Trait("Catalogue", "K4")]
    public async Task The_master_secret_of_an_RSA_key_exchange_comes_to_the_edge_in_one_trip(string site, string suite)
    {
        var (keys, link) = await VisitAsync(site, suite);

        Assert.Equal(["45"], Operations(link));
        Assert.Single(link, message => message.Contains(keys.MasterSecret));
        Assert.DoesNotContain(link, message => message.Contains(keys.Premaster));
    }

    [Theory]
    [InlineData("keys-ecdsa", "ECDHE-ECDSA-AES128-GCM-SHA256", 2)]
    [InlineData("keys-ecdsa", "ECDHE-ECDSA-AES256-GCM-SHA384", 2)]
    [InlineData("keys-rsa", "ECDHE-RSA-CHACHA20-POLY1305", 2)]
    [InlineData("keys-rsa", "DHE-RSA-AES128-GCM-SHA256", 2)]
    [InlineData("keys-legacy", "ECDHE-RSA-AES128-SHA", 2)]
    [InlineData("keys-legacy", "DHE-RSA-AES256-SHA256", 2)]
    [Trait("Catalogue", "K3c")]
    [Trait("Catalogue", "F2")]
    [Trait("Catalogue", "F3")]
    public Task Only_the_keys_of_the_session_come_to_the_edge(string site, string suite, int trips) => OnlyKeysAsync(site, suite, trips);

    [Theory]
    [InlineData("keys-rsa", "AES128-GCM-SHA256", 1)]
    [InlineData("keys-rsa", "AES256-GCM-SHA384", 1)]
    [InlineData("keys-legacy", "AES256-SHA256", 1)]
    [Trait("Catalogue", "K5")]
    [Trait("Catalogue", "F2")]
    [Trait("Catalogue", "F3")]
    public Task Only_the_keys_of_the_session_come_to_the_edge_from_an_RSA_key_exchange(string site, string suite, int trips) => OnlyKeysAsync(site, suite, trips);

    [Theory]
    [InlineData("alice")]
    [InlineData("rsa")]
    [Trait("Catalogue", "G1")]
    [Trait("Catalogue", "F2")]
    [Trait("Catalogue", "R4")]
    public async Task A_clients_certificate_is_part_of_what_the_key_server_hashes_and_of_the_session(string client)
    {
        var sites = await shared.GetAsync();
        using var folder = new TemporaryFolder();
        var host = sites.Site("keys-clients").Host;
        string[] options = ["-tls1_2", "-cert", shared.ClientFile(client), "-key", shared.ClientKey(client)];
        var request = $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n";
        sites.Tap!.Clear();

        var first = await OpenSslClient.RunAsync(sites, host, ["-sess_out", folder.File("session"), .. options], request);
        var second = await OpenSslClient.RunAsync(sites, host, ["-sess_in", folder.File("session"), .. options], request);

        Assert.Contains($"{Origin.Greeting}, {host}", first.Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("Reused, TLSv1.2", second.Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains($"{Origin.Greeting}, {host}", second.Output, StringComparison.Ordinal);
        Assert.Equal(["44", "45", "46"], Operations(sites.Tap.Messages));
    }

    private async Task OnlyKeysAsync(string site, string suite, int trips)
    {
        var (keys, link) = await VisitAsync(site, suite);

        Assert.Equal(trips, Operations(link).Count);
        Assert.DoesNotContain(link, message => message.Contains(keys.MasterSecret));
        if (trips == 1)
            Assert.DoesNotContain(link, message => message.Contains(keys.Premaster));
    }

    private async Task<(KeyLog Keys, IReadOnlyList<LinkMessage> Link)> VisitAsync(string site, string suite)
    {
        var sites = await shared.GetAsync();
        using var folder = new TemporaryFolder();
        var log = folder.File("keys");
        var host = sites.Site(site).Host;
        sites.Tap!.Clear();
        var result = await OpenSslClient.RunAsync(
            sites, host, ["-tls1_2", "-cipher", suite + ":@SECLEVEL=0", "-keylogfile", log], $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        var output = result.Succeeded().Output;
        Assert.Contains($"{Origin.Greeting}, {host}", output, StringComparison.Ordinal);
        Assert.Contains($"Cipher is {suite}", output, StringComparison.Ordinal);
        return (KeyLog.Read(log), sites.Tap.Messages);
    }

    private static List<string> Operations(IReadOnlyList<LinkMessage> link) =>
        [.. link.Where(message => message.IsRequest).Select(message => message.Message.Opcode.ToString("X2", System.Globalization.CultureInfo.InvariantCulture))];
}
