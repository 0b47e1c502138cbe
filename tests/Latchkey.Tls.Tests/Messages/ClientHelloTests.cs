using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tests.Messages;

public sealed class ClientHelloTests
{
    [Fact]
    public void The_fields_of_an_openssl_hello_are_all_there()
    {
        var hello = ClientHello.Parse(SampleHellos.All["openssl, TLS 1.3"]);
        Assert.Equal(0x0303, hello.LegacyVersion);
        Assert.Equal(32, hello.Random.Length);
        Assert.Equal(32, hello.SessionId.Length);
        Assert.Equal("example.test", hello.ServerName);
        Assert.Equal([TlsVersion.Tls13, TlsVersion.Tls12, (TlsVersion)0x0302, (TlsVersion)0x0301], hello.SupportedVersions!);
        Assert.Equal(["h2", "http/1.1"], hello.ApplicationProtocols!);
        Assert.Equal(CipherSuite.TLS_AES_256_GCM_SHA384, hello.CipherSuites[0]);
        Assert.Equal(NamedGroup.X25519, hello.SupportedGroups![0]);
        Assert.Equal(SignatureScheme.EcdsaSecp256r1Sha256, hello.SignatureAlgorithms![0]);
        Assert.Equal(NamedGroup.X25519, Assert.Single(hello.KeyShares!).Group);
        Assert.Equal(32, hello.KeyShares![0].KeyExchange.Length);
        Assert.Equal(new byte[] { 1 }, hello.PskKeyExchangeModes!.Value.ToArray());
        Assert.Equal(new byte[] { 0, 1, 2 }, hello.EcPointFormats!.Value.ToArray());
        Assert.True(hello.ExtendedMasterSecret);
        Assert.True(hello.SecureRenegotiation);
        Assert.Null(hello.RenegotiationInfo);
        Assert.Equal(0, hello.SessionTicket!.Value.Length);
        Assert.False(hello.IsFallback);
        Assert.False(hello.EarlyData);
        Assert.Null(hello.PreSharedKey);
        Assert.Null(hello.Cookie);
        Assert.Null(hello.RecordSizeLimit);
    }

    [Fact]
    public void Grease_and_unknown_values_are_kept_and_do_no_harm()
    {
        var hello = SampleHellos.ChromeLike().Parse();
        Assert.Equal((CipherSuite)0xCACA, hello.CipherSuites[0]);
        Assert.Equal((NamedGroup)0x2A2A, hello.SupportedGroups![0]);
        Assert.Equal((TlsVersion)0x6A6A, hello.SupportedVersions![0]);
        Assert.Equal((NamedGroup)0x2A2A, hello.KeyShares![0].Group);
        Assert.Equal((ExtensionType)0x9A9A, hello.Extensions[0].Type);
        Assert.Equal(1216, hello.KeyShares[1].KeyExchange.Length);
        Assert.Equal(18, hello.Extensions.Count);
    }

    [Fact]
    public void Pre_shared_keys_know_what_their_binders_cover()
    {
        var message = SampleHellos.Resuming().Build();
        var hello = ClientHello.Parse(message);
        Assert.Equal(2, hello.PreSharedKey!.Identities.Count);
        Assert.Equal(new byte[] { 1, 2, 3, 4 }, hello.PreSharedKey.Identities[0].Identity.ToArray());
        Assert.Equal(256u, hello.PreSharedKey.Identities[0].ObfuscatedTicketAge);
        Assert.Equal([32, 48], hello.PreSharedKey.Binders.Select(binder => binder.Length));
        // The list of binders is two bytes of length, then 1 + 32 and 1 + 48 (RFC 8446 §4.2.11.2).
        Assert.Equal(message.Encoded.Length - (2 + 33 + 49), hello.PreSharedKey.TruncatedLength);
        Assert.True(hello.EarlyData);
        Assert.Equal(new byte[] { 1, 2, 3 }, hello.Cookie!.Value.ToArray());
        Assert.Equal(0x4001, hello.RecordSizeLimit);
    }

    [Fact]
    public void A_hello_without_an_extension_block_is_well_formed()
    {
        var hello = new HelloBuilder { Extensions = null, Suites = [0x009C, 0x5600, 0x00FF] }.Parse();
        Assert.Empty(hello.Extensions);
        Assert.Null(hello.SupportedGroups);
        Assert.True(hello.IsFallback);
        Assert.True(hello.SecureRenegotiation);
    }

    [Theory]
    [InlineData("example.test", "example.test")]
    [InlineData("EXAMPLE.Test", "example.test")]
    [InlineData("_dmarc.a-b.test", "_dmarc.a-b.test")]
    [InlineData("xn--bcher-kva.test", "xn--bcher-kva.test")]
    [InlineData("127.0.0.1", null)]
    [InlineData("::1", null)]
    public void Server_names_are_lower_case_and_never_addresses(string sent, string? read) =>
        Assert.Equal(read, new HelloBuilder().With(ExtensionType.ServerName, HelloBuilder.ServerName(sent)).Parse().ServerName);

    [Theory]
    [InlineData("example.test.")]
    [InlineData("example.test\0.attacker.test")]
    [InlineData("example .test")]
    [InlineData("ex\u00e4mple.test")]
    [InlineData("example..test")]
    [InlineData(".test")]
    [InlineData("*.test")]
    [InlineData("a/b")]
    public void A_name_that_is_none_is_an_illegal_parameter(string sent) =>
        AssertAlert(AlertDescription.IllegalParameter, new HelloBuilder().With(ExtensionType.ServerName, HelloBuilder.ServerName(sent)));

    [Fact]
    public void Two_host_names_are_an_illegal_parameter() =>
        AssertAlert(AlertDescription.IllegalParameter, new HelloBuilder().With(ExtensionType.ServerName, HelloBuilder.V16([0, 0, 1, 0x61, 0, 0, 1, 0x62])));

    [Fact]
    public void An_extension_that_occurs_twice_is_an_illegal_parameter() =>
        AssertAlert(AlertDescription.IllegalParameter, new HelloBuilder { Extensions = [((ExtensionType)0x1234, []), ((ExtensionType)0x1234, [])] });

    [Fact]
    public void Pre_shared_key_that_is_not_last_is_an_illegal_parameter() =>
        AssertAlert(AlertDescription.IllegalParameter, SampleHellos.Resuming().With((ExtensionType)0x1234, []));

    [Theory]
    [InlineData(ExtensionType.KeyShare, "000a001d000101001d000102", AlertDescription.IllegalParameter)]
    [InlineData(ExtensionType.KeyShare, "0004001d0000", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.KeyShare, "0005001d000201", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.RecordSizeLimit, "003f", AlertDescription.IllegalParameter)]
    [InlineData(ExtensionType.RecordSizeLimit, "004000", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.SupportedGroups, "0000", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.SupportedGroups, "0003001d00", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.SignatureAlgorithms, "0000", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.SignatureAlgorithmsCert, "000204", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.SupportedVersions, "00", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.SupportedVersions, "03030403", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.ApplicationLayerProtocolNegotiation, "0000", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.ApplicationLayerProtocolNegotiation, "000100", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.ApplicationLayerProtocolNegotiation, "0003036832", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.CertificateAuthorities, "0000", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.CertificateAuthorities, "00020000", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.CertificateAuthorities, "0003000130ff", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.EarlyData, "00", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.ExtendedMasterSecret, "00", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.Cookie, "0000", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.RenegotiationInfo, "", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.RenegotiationInfo, "0100ff", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.EcPointFormats, "00", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.PskKeyExchangeModes, "00", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.ServerName, "0000", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.ServerName, "0003000000", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.ServerName, "00040000016100", AlertDescription.DecodeError)]
    [InlineData(ExtensionType.PreSharedKey, "0007000101000000000000", AlertDescription.DecodeError)]
    public void Malformed_extensions_get_the_alert_of_their_fault(ExtensionType type, string body, AlertDescription alert) =>
        AssertAlert(alert, new HelloBuilder().With(type, Convert.FromHexString(body)));

    [Fact]
    public void A_binder_too_few_is_an_illegal_parameter_and_a_short_one_a_decode_error()
    {
        var identities = HelloBuilder.V16([.. HelloBuilder.V16([1]), 0, 0, 0, 0, .. HelloBuilder.V16([2]), 0, 0, 0, 0]);
        AssertAlert(AlertDescription.IllegalParameter, new HelloBuilder().With(ExtensionType.PreSharedKey, [.. identities, .. HelloBuilder.V16(HelloBuilder.V8(new byte[32]))]));
        AssertAlert(AlertDescription.DecodeError, new HelloBuilder().With(ExtensionType.PreSharedKey, [.. identities, .. HelloBuilder.V16(HelloBuilder.V8(new byte[31]))]));
    }

    [Fact]
    public void Broken_fixed_fields_are_decode_errors()
    {
        AssertAlert(AlertDescription.DecodeError, new HelloBuilder { SessionId = new byte[33] });
        AssertAlert(AlertDescription.DecodeError, new HelloBuilder { Suites = [] });
        AssertAlert(AlertDescription.DecodeError, new HelloBuilder { CompressionMethods = [] });
        var trailing = HandshakeMessage.Encode(HandshakeType.ClientHello, [.. new HelloBuilder().Body(), 0]);
        Assert.Equal(AlertDescription.DecodeError, Assert.Throws<PeerMisbehavedException>(() => ClientHello.Parse(trailing)).Alert);
    }

    [Fact]
    public void Another_message_is_unexpected()
    {
        var message = HandshakeMessage.Encode(HandshakeType.Finished, new HelloBuilder().Body());
        Assert.Equal(AlertDescription.UnexpectedMessage, Assert.Throws<PeerMisbehavedException>(() => ClientHello.Parse(message)).Alert);
    }

    private static void AssertAlert(AlertDescription alert, HelloBuilder hello) =>
        Assert.Equal(alert, Assert.Throws<PeerMisbehavedException>(() => hello.Parse()).Alert);
}
