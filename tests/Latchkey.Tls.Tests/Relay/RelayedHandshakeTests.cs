using Latchkey.Testing;
using Latchkey.Tls.Tests.Driver;
using Latchkey.Tls.Tests.Tls12;

namespace Latchkey.Tls.Tests.Relay;

/// <summary>Two engines joined by steps, and OpenSSL before them: what is relayed is a handshake like any other.</summary>
public sealed class RelayedHandshakeTests
{
    private const string Flight12 = "ServerHello Certificate ServerKeyExchange ServerHelloDone Flush AwaitsMessage";
    private const string Keys12 = "AwaitChangeCipherSpec ReadKeys AwaitsMessage";
    private const string End12 = "ChangeCipherSpec WriteKeys Finished Flush Agreed";

    [Theory]
    [InlineData("ECDHE-ECDSA-AES128-GCM-SHA256", TestKey.EcdsaP256)]
    [InlineData("ECDHE-RSA-CHACHA20-POLY1305", TestKey.Rsa2048)]
    [Trait("Catalogue", "K7")]
    [Trait("Catalogue", "F2")]
    [Trait("Catalogue", "F3")]
    public async Task Tls_1_2_with_ecdhe_takes_three_trips_and_finished_is_the_conductors(string suite, TestKey key)
    {
        var relay = Relay(key, handsOver: false);

        AssertFetched(await FetchAsync(relay, $"-tls1_2 -cipher {suite}"), suite);

        Assert.Equal(["Version " + Flight12, Keys12, End12], relay.Replies);
        Assert.Equal(1, relay.Disposed);
    }

    [Theory]
    [InlineData("AES128-GCM-SHA256")]
    [InlineData("AES256-GCM-SHA384")]
    [Trait("Catalogue", "K6")]
    [Trait("Catalogue", "F2")]
    [Trait("Catalogue", "F3")]
    public async Task Tls_1_2_with_rsa_takes_three_trips(string suite)
    {
        var relay = Relay(TestKey.Rsa2048, handsOver: false);

        AssertFetched(await FetchAsync(relay, $"-tls1_2 -cipher {suite}"), suite);

        Assert.Equal(["Version ServerHello Certificate ServerHelloDone Flush AwaitsMessage", Keys12, End12], relay.Replies);
    }

    [Theory]
    [InlineData("ECDHE-RSA-AES128-GCM-SHA256")]
    [InlineData("ECDHE-RSA-AES256-SHA384")]
    [InlineData("AES128-GCM-SHA256")]
    [InlineData("DHE-RSA-AES128-GCM-SHA256")]
    [Trait("Catalogue", "K6")]
    [Trait("Catalogue", "K7")]
    [Trait("Catalogue", "F1")]
    public async Task With_the_master_secret_the_edge_exchanges_finished_itself_and_two_trips_do(string suite)
    {
        var relay = Relay(TestKey.Rsa2048, handsOver: true, TlsProfile.Legacy);

        AssertFetched(await FetchAsync(relay, $"-tls1_2 -cipher {suite}"), suite);

        Assert.Equal(2, relay.Trips);
        Assert.Equal("HandedOver", relay.Replies[1]);
    }

    [Theory]
    [InlineData(TestKey.EcdsaP256, false)]
    [InlineData(TestKey.Rsa2048, true)]
    [Trait("Catalogue", "K7")]
    [Trait("Catalogue", "X2")]
    public async Task Tls_1_3_takes_two_trips_whoever_would_make_finished(TestKey key, bool handsOver)
    {
        var relay = Relay(key, handsOver);

        AssertFetched(await FetchAsync(relay, "-tls1_3"), "TLS_");

        Assert.Equal(
            ["Version ServerHello ChangeCipherSpec ReadKeys WriteKeys EncryptedExtensions Certificate CertificateVerify Finished WriteKeys Flush AwaitsMessage", "ReadKeys Agreed"],
            relay.Replies);
    }

    [Fact]
    [Trait("Catalogue", "K7")]
    public async Task A_hello_retry_request_costs_one_trip_more()
    {
        var relay = Relay(TestKey.EcdsaP256, handsOver: false);

        AssertFetched(await FetchAsync(relay, "-tls1_3 -groups ffdhe2048:P-256"), "TLS_");

        Assert.Equal(3, relay.Trips);
        Assert.Equal("Version ServerHello ChangeCipherSpec Flush AwaitsMessage", relay.Replies[0]);
    }

    [Theory]
    [InlineData("-tls1_2 -cipher AES128-SHA", "handshake failure")]
    [InlineData("-tls1_1 -cipher ALL:@SECLEVEL=0", "protocol version")]
    [InlineData("-tls1_2 -fallback_scsv", "inappropriate fallback")]
    [InlineData("-alpn spdy/3", "no application protocol")]
    [Trait("Catalogue", "K7")]
    public async Task A_client_that_is_refused_gets_the_conductors_alert(string arguments, string alert)
    {
        var relay = Relay(TestKey.EcdsaP256, handsOver: false);

        var output = await FetchAsync(relay, arguments);

        Assert.Contains(alert, output, StringComparison.Ordinal);
        Assert.EndsWith("Failed", Assert.Single(relay.Replies), StringComparison.Ordinal);
        Assert.Equal(1, relay.Disposed);
    }

    private static InProcessRelay Relay(TestKey key, bool handsOver, TlsProfile profile = TlsProfile.Compatible) =>
        new(Tls12Site.Site(TestSite.Authority.IssueServer(key, "example.test"), profile, protocols: ["http/1.1"]), handsOver);

    private static async Task<string> FetchAsync(InProcessRelay relay, string arguments)
    {
        Tool.SkipUnless("openssl");
        await using var server = new LoopbackServer(Tls12Site.Options(relay.Edge()), LoopbackServer.AnswerOnceAsync);
        using var folder = new TemporaryFolder();
        var ca = folder.Write("ca.pem", TestSite.Authority.CertificatePem);
        var result = await ChildProcess.RunAsync(
            "openssl", $"s_client -connect 127.0.0.1:{server.Port} -CAfile {ca} -ign_eof -servername example.test {arguments}".Split(' ', StringSplitOptions.RemoveEmptyEntries),
            "GET /page HTTP/1.1\r\nHost: example.test\r\n\r\n",
            environment: new Dictionary<string, string?> { ["OPENSSL_CONF"] = folder.Write("openssl.cnf", "") });
        return result.All;
    }

    private static void AssertFetched(string output, string suite)
    {
        Assert.Contains($"Cipher is {suite}", output, StringComparison.Ordinal);
        Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
        Assert.True(output.Contains("200 OK", StringComparison.Ordinal), output);
    }
}
