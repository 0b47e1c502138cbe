using System.Text;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Tests.Messages;
using Latchkey.Tls.Tls12;

namespace Latchkey.Tls.Tests.Tls12;

public sealed class ServerHandshakeTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Catalogue", "K2")]
    [Trait("Catalogue", "F1")]
    public async Task A_whole_handshake_goes_in_the_order_of_the_rfc(bool extendedMasterSecret)
    {
        using var client = new ScriptedClient(Tls12Site.Site(Tls12Site.Ecdsa), Hello(extendedMasterSecret));
        var server = client.StartAsync();
        client.SayEcdhe(extendedMasterSecret);
        client.SayFinished(client.VerifyDataOfClient());
        var info = await server;
        Assert.Equal(
            ["ServerHello", "Certificate", "ServerKeyExchange", "ServerHelloDone", "flush", "read", "read ChangeCipherSpec", "read keys", "read", "ChangeCipherSpec", "write keys", "Finished", "flush"],
            client.Channel.Calls);
        Assert.Equal(client.VerifyDataOfServer(), client.Channel.Body(HandshakeType.Finished).ToArray());
        Assert.Equal(TlsVersion.Tls12, info.Version);
        Assert.Equal(NamedGroup.X25519, info.Group);
        Assert.Equal(SignatureScheme.EcdsaSecp256r1Sha256, info.SignatureScheme);
    }

    [Fact]
    [Trait("Catalogue", "K4")]
    public async Task Rsa_key_exchange_has_no_server_key_exchange()
    {
        using var client = new ScriptedClient(Tls12Site.Site(Tls12Site.Rsa, TlsProfile.Compatible), RsaHello());
        var server = client.StartAsync();
        RsaPremaster.Say(client, RsaPremaster.Good());
        client.SayFinished(client.VerifyDataOfClient());
        var info = await server;
        Assert.Equal(["ServerHello", "Certificate", "ServerHelloDone", "flush"], client.Channel.Calls[..4]);
        Assert.Equal(client.VerifyDataOfServer(), client.Channel.Body(HandshakeType.Finished).ToArray());
        Assert.Null(info.Group);
        Assert.Null(info.SignatureScheme);
    }

    [Fact]
    [Trait("Catalogue", "K2")]
    public async Task The_signature_covers_both_randoms_and_the_parameters()
    {
        using var client = new ScriptedClient(Tls12Site.Site(Tls12Site.Rsa), Hello());
        var server = client.StartAsync();
        var (parameters, scheme, signature) = client.ServerKeyExchange();
        using var key = CryptoProvider.Default.ImportPublicKey(Tls12Site.Load(Tls12Site.Rsa).PublicKey.SubjectPublicKeyInfo.Span);
        byte[] content = [.. client.ClientRandom, .. client.ServerRandom.Span, .. parameters];
        Assert.True(key.Verify(scheme, content, signature));
        Assert.Equal(content, ServerKeyExchangeContent.Build(client.ClientRandom, client.ServerRandom.Span, parameters));
        content[0] ^= 1;
        Assert.False(key.Verify(scheme, content, signature));
        await EndAsync(client, server);
    }

    [Theory]
    [InlineData(TlsVersion.Tls13, true)]
    [InlineData(TlsVersion.Tls12, false)]
    public async Task Only_a_server_of_tls_1_3_warns_of_the_downgrade(TlsVersion highest, bool warns)
    {
        using var client = new ScriptedClient(Tls12Site.Site(Tls12Site.Ecdsa, maxVersion: highest), Hello());
        var server = client.StartAsync();
        Assert.Equal(warns, client.ServerRandom.Span[24..].SequenceEqual("DOWNGRD\u0001"u8));
        await EndAsync(client, server);
    }

    [Fact]
    public async Task The_server_hello_answers_the_extensions_that_were_sent()
    {
        var hello = Hello()
            .With(ExtensionType.ServerName, HelloBuilder.ServerName("example.test"))
            .With(ExtensionType.RecordSizeLimit, HelloBuilder.U16(1000))
            .With(ExtensionType.RenegotiationInfo, [0])
            .With(ExtensionType.EcPointFormats, [2, 1, 0])
            .With(ExtensionType.SessionTicket, [])
            .With(ExtensionType.ApplicationLayerProtocolNegotiation, HelloBuilder.Alpn("http/1.1"));
        using var client = new ScriptedClient(Tls12Site.Site(Tls12Site.Ecdsa, protocols: ["h2", "http/1.1"]), hello);
        var server = client.StartAsync();
        var body = client.Channel.Body(HandshakeType.ServerHello).ToArray();
        Assert.Equal("0000" + "0000" + "ff01000100" + "000b00020100" + "00170000" + "0010000b000908" + Convert.ToHexStringLower(Encoding.ASCII.GetBytes("http/1.1")) + "001c00024000", Convert.ToHexStringLower(body.AsSpan(40)));
        Assert.Equal(0, body[34]);
        Assert.Equal(1000, client.Channel.MaxPlaintextSize);
        await EndAsync(client, server);
    }

    [Fact]
    public async Task A_wrong_finished_is_a_decrypt_error()
    {
        using var client = new ScriptedClient(Tls12Site.Site(Tls12Site.Ecdsa), Hello());
        var server = client.StartAsync();
        client.SayEcdhe(extendedMasterSecret: true);
        var verifyData = client.VerifyDataOfClient();
        verifyData[11] ^= 1;
        client.SayFinished(verifyData);
        await AssertAlertAsync(AlertDescription.DecryptError, server);
        Assert.DoesNotContain("Finished", client.Channel.Calls);
    }

    [Fact]
    public async Task A_client_that_ignores_the_extended_master_secret_it_agreed_on_fails_at_finished()
    {
        using var client = new ScriptedClient(Tls12Site.Site(Tls12Site.Ecdsa), Hello());
        var server = client.StartAsync();
        client.SayEcdhe(extendedMasterSecret: false);
        client.SayFinished(client.VerifyDataOfClient());
        await AssertAlertAsync(AlertDescription.DecryptError, server);
    }

    [Theory]
    [InlineData(0x0017, 65)] // the point at no place: 04 and zeros is not on the curve
    [InlineData(0x0017, 1)]
    [InlineData(0x001D, 32)] // small order: an all-zero secret
    [InlineData(0x001D, 31)]
    public async Task An_invalid_public_value_is_an_illegal_parameter(ushort group, int length)
    {
        using var client = new ScriptedClient(Tls12Site.Site(Tls12Site.Rsa), Hello().With(ExtensionType.SupportedGroups, HelloBuilder.V16(HelloBuilder.U16(group))));
        var server = client.StartAsync();
        var value = new byte[length];
        value[0] = (byte)(length == 65 ? 4 : 0);
        client.Channel.Say(HandshakeMessage.Encode(HandshakeType.ClientKeyExchange, HelloBuilder.V8(value)));
        await AssertAlertAsync(AlertDescription.IllegalParameter, server);
    }

    [Fact]
    public async Task A_message_out_of_turn_is_unexpected()
    {
        using var early = new ScriptedClient(Tls12Site.Site(Tls12Site.Ecdsa), Hello());
        var server = early.StartAsync();
        early.Channel.Say(Finished.Encode(new byte[12]));
        await AssertAlertAsync(AlertDescription.UnexpectedMessage, server);

        using var unasked = new ScriptedClient(Tls12Site.Site(Tls12Site.Ecdsa), Hello());
        server = unasked.StartAsync();
        unasked.Channel.Say(CertificateMessage.Encode12([]));
        await AssertAlertAsync(AlertDescription.UnexpectedMessage, server);

        // CVE-2014-0224: ChangeCipherSpec before ClientKeyExchange made keys out of nothing.
        using var injected = new ScriptedClient(Tls12Site.Site(Tls12Site.Ecdsa), Hello());
        server = injected.StartAsync();
        injected.Channel.SayChangeCipherSpec();
        await AssertAlertAsync(AlertDescription.UnexpectedMessage, server);

        using var skipped = new ScriptedClient(Tls12Site.Site(Tls12Site.Ecdsa), Hello());
        server = skipped.StartAsync();
        skipped.SayEcdhe(extendedMasterSecret: true);
        skipped.Channel.Say(Finished.Encode(skipped.VerifyDataOfClient()));
        await AssertAlertAsync(AlertDescription.UnexpectedMessage, server);
    }

    [Fact]
    [Trait("Catalogue", "G3")]
    public async Task Compression_points_and_renegotiation_are_checked_before_anything_is_sent()
    {
        await AssertRefusedAsync(AlertDescription.IllegalParameter, new HelloBuilder { Suites = [0xC02B], Extensions = Hello().Extensions, CompressionMethods = [1] });
        await AssertRefusedAsync(AlertDescription.IllegalParameter, Hello().With(ExtensionType.EcPointFormats, [2, 1, 2]));
        await AssertRefusedAsync(AlertDescription.HandshakeFailure, Hello().With(ExtensionType.RenegotiationInfo, [12, .. new byte[12]]));
    }

    /// <summary>More compression methods than null are a client's right.</summary>
    [Fact]
    public async Task Null_compression_among_others_is_chosen()
    {
        using var client = new ScriptedClient(Tls12Site.Site(Tls12Site.Ecdsa), new HelloBuilder { Suites = [0xC02B], Extensions = Hello().Extensions, CompressionMethods = [1, 0] });
        var server = client.StartAsync();
        Assert.Equal(0, client.Channel.Body(HandshakeType.ServerHello).Span[37]);
        await EndAsync(client, server);
    }

    private static HelloBuilder Hello(bool extendedMasterSecret = true)
    {
        var hello = HelloBuilder.Tls12();
        return extendedMasterSecret ? hello.With(ExtensionType.ExtendedMasterSecret, []) : hello;
    }

    private static HelloBuilder RsaHello() => new() { Suites = [0x009C], Extensions = Hello().Extensions };

    private static async Task EndAsync(ScriptedClient client, Task<TlsHandshakeInfo> server)
    {
        client.SayEcdhe(extendedMasterSecret: true);
        client.SayFinished(client.VerifyDataOfClient());
        await server;
    }

    private static async Task AssertRefusedAsync(AlertDescription alert, HelloBuilder hello)
    {
        using var client = new ScriptedClient(Tls12Site.Site(Tls12Site.Ecdsa), hello);
        await AssertAlertAsync(alert, client.StartAsync());
        Assert.Empty(client.Channel.Calls);
    }

    private static async Task AssertAlertAsync(AlertDescription alert, Task server) =>
        Assert.Equal(alert, (await Assert.ThrowsAsync<PeerMisbehavedException>(() => server)).Alert);
}
