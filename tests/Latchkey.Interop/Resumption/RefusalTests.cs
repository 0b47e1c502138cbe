using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Resumption;

/// <summary>Sessions that do not go on, by OpenSSL over real sockets: each a full handshake with an answer, each counted by its reason.</summary>
[Trait("Catalogue", "R10")]
public sealed class RefusalTests(ResumptionSites shared) : IClassFixture<ResumptionSites>
{
    private readonly KeylessDeployment _sites = shared.Deployment;

    [Theory]
    [InlineData("r3")]
    [InlineData("r6")]
    [Trait("Attack", "9")]
    public async Task A_ticket_of_another_site_is_unknown_here(string arrangement)
    {
        using var folder = new TemporaryFolder();
        var session = Path.Combine(folder.Path, "session");
        await ConnectAsync(arrangement, "-sess_out", session);

        Assert.Equal("New", await ConnectAsync(arrangement + "b", "-sess_in", session));

        Assert.True(await CountAsync("unknown") > 0);
    }

    [Theory]
    [InlineData("r1")]
    [InlineData("r3")]
    [InlineData("r6")]
    [Trait("Attack", "9")]
    [Trait("Catalogue", "G2")]
    public async Task A_ticket_with_one_bit_changed_and_an_identifier_nobody_knows_are_full_handshakes(string arrangement)
    {
        using var folder = new TemporaryFolder();
        var session = Path.Combine(folder.Path, "session");
        string[] kind = arrangement == "r1" ? ["-no_ticket"] : [];
        await ConnectAsync(arrangement, [.. kind, "-sess_out", session]);
        Assert.Equal("Reused", await ConnectAsync(arrangement, [.. kind, "-sess_in", session]));
        var unknown = await CountAsync("unknown");
        ChangeOneBit(session, arrangement == "r1" ? [0x04, 0x20] : [0xAA, 0x81]);

        Assert.Equal("New", await ConnectAsync(arrangement, [.. kind, "-sess_in", session]));

        Assert.True(await CountAsync("unknown") > unknown);
    }

    /// <summary>In OpenSSL's form of a session, DER: the identifier is its first string of 32 bytes, the ticket its element [10].</summary>
    private static void ChangeOneBit(string session, byte[] element)
    {
        var pem = File.ReadAllText(session);
        var fields = PemEncoding.Find(pem);
        var der = Convert.FromBase64String(pem[fields.Base64Data]);
        der[der.AsSpan().IndexOf(element) + 20] ^= 1;
        File.WriteAllText(session, PemEncoding.WriteString(pem[fields.Label], der));
    }

    [Fact]
    public async Task Another_application_protocol_is_a_full_handshake()
    {
        using var folder = new TemporaryFolder();
        var session = Path.Combine(folder.Path, "session");
        await ConnectAsync("r3", "-alpn", "http/1.1", "-sess_out", session);

        Assert.Equal("New", await ConnectAsync("r3", "-sess_in", session));

        Assert.True(await CountAsync("application_protocol_changed") > 0);
    }

    [Fact]
    public async Task A_session_whose_suite_the_client_does_not_offer_any_more_is_a_full_handshake()
    {
        using var folder = new TemporaryFolder();
        var session = Path.Combine(folder.Path, "session");
        await ConnectAsync("r3", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", "-sess_out", session);

        Assert.Equal("New", await ConnectAsync("r3", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384", "-sess_in", session));
    }

    [Fact]
    public async Task A_session_without_extended_master_secret_was_never_offered()
    {
        using var folder = new TemporaryFolder();
        var config = folder.Write("no-ems.cnf", "openssl_conf = o\n[o]\nssl_conf = s\n[s]\nsystem_default = d\n[d]\nOptions = -ExtendedMasterSecret\n");
        var result = await ChildProcess.RunAsync("env", ["OPENSSL_CONF=" + config, Tool.SkipUnless("openssl"), "s_client", "-connect", $"127.0.0.1:{_sites.Port}", "-servername", _sites.Site("r3").Host, "-CAfile", _sites.CaFile, "-tls1_2", "-ign_eof"], Request("r3"));

        Assert.Contains("Extended master secret: no", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("lifetime hint", result.Output, StringComparison.Ordinal);
        Assert.Contains(Origin.Greeting, result.Output, StringComparison.Ordinal);
    }

    /// <returns><c>New</c> or <c>Reused</c>.</returns>
    private async Task<string> ConnectAsync(string site, params string[] options)
    {
        var output = (await OpenSslClient.RunAsync(_sites, _sites.Site(site).Host, ["-tls1_2", .. options], Request(site))).Output;
        Assert.Contains(Origin.Greeting, output, StringComparison.Ordinal);
        return Regex.Match(output, "^(New|Reused), TLSv1.2", RegexOptions.Multiline).Groups[1].Value;
    }

    private string Request(string site) => $"GET /hello HTTP/1.1\r\nHost: {_sites.Site(site).Host}\r\nConnection: close\r\n\r\n";

    private async Task<long> CountAsync(string result)
    {
        var metrics = (await _sites.Edge.AdminAsync("/metrics")).Body;
        return Regex.Matches(metrics, $"^latchkey_tls_resumptions_total\\{{[^}}]*result=\"{result}\"\\}} (\\d+)", RegexOptions.Multiline).Sum(match => long.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
    }
}
