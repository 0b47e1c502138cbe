using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;
using Latchkey.Tls.Tests.Messages;
using Latchkey.Tls.Tests.Tls12;

namespace Latchkey.Tls.Tests.Negotiation;

public sealed class NegotiationTests
{
    private static readonly TlsCertificate Ecdsa = Tls12Site.Load(Tls12Site.Ecdsa);
    private static readonly TlsCertificate EcdsaP384 = Tls12Site.Load(Tls12Site.EcdsaP384);
    private static readonly TlsCertificate Rsa = Tls12Site.Load(Tls12Site.Rsa);

    [Theory]
    // legacy_version, supported_versions, the site's highest, expected
    [InlineData(0x0303, "0304,0303", TlsVersion.Tls13, TlsVersion.Tls13)]
    [InlineData(0x0303, "0303,0304", TlsVersion.Tls13, TlsVersion.Tls13)]
    [InlineData(0x0303, "6a6a,0304", TlsVersion.Tls13, TlsVersion.Tls13)]
    [InlineData(0x0303, "0304,0303", TlsVersion.Tls12, TlsVersion.Tls12)]
    [InlineData(0x0303, "0303", TlsVersion.Tls13, TlsVersion.Tls12)]
    [InlineData(0x0301, "0303", TlsVersion.Tls13, TlsVersion.Tls12)]
    [InlineData(0x0303, null, TlsVersion.Tls13, TlsVersion.Tls12)]
    [InlineData(0x0304, null, TlsVersion.Tls13, TlsVersion.Tls12)]
    [InlineData(0x03FF, null, TlsVersion.Tls13, TlsVersion.Tls12)]
    [InlineData(0x0302, null, TlsVersion.Tls13, null)]
    [InlineData(0x0300, null, TlsVersion.Tls13, null)]
    [InlineData(0x0303, "0302,0301", TlsVersion.Tls13, null)]
    [InlineData(0x0303, "7f1c", TlsVersion.Tls13, null)]
    [InlineData(0x0300, "0304", TlsVersion.Tls13, null)] // RFC 8446 §D.5
    [InlineData(0x0000, "0303", TlsVersion.Tls12, null)] // reached RSA key exchange, whose version 0 libcrypto fails at
    [InlineData(0x0303, "0304", TlsVersion.Tls12, null)]
    public void The_highest_common_version_is_chosen(int legacy, string? supported, TlsVersion highest, TlsVersion? expected)
    {
        var builder = new HelloBuilder { Version = (ushort)legacy };
        if (supported is not null)
            builder.With(ExtensionType.SupportedVersions, HelloBuilder.V8(Convert.FromHexString(supported.Replace(",", "", StringComparison.Ordinal))));
        var site = Tls12Site.Site([Ecdsa], maxVersion: highest);
        if (expected is { } version)
            Assert.Equal(version, VersionNegotiation.Choose(builder.Parse(), site));
        else
            AssertIncompatible(AlertDescription.ProtocolVersion, () => VersionNegotiation.Choose(builder.Parse(), site));
    }

    [Fact]
    public void A_site_of_tls_1_3_alone_refuses_tls_1_2()
    {
        var site = new TlsSite { Name = "example.test", Certificates = [Ecdsa], MinVersion = TlsVersion.Tls13 };
        AssertIncompatible(AlertDescription.ProtocolVersion, () => VersionNegotiation.Choose(HelloBuilder.Tls12().Parse(), site));
        Assert.Equal(TlsVersion.Tls13, VersionNegotiation.Choose(HelloBuilder.Tls13().Parse(), site));
    }

    [Theory]
    [InlineData("0303", TlsVersion.Tls13, false)]
    [InlineData("0303", TlsVersion.Tls12, true)]
    [InlineData("0304", TlsVersion.Tls13, true)]
    public void A_fallback_is_inappropriate_where_better_was_possible(string supported, TlsVersion highest, bool isFine)
    {
        var hello = new HelloBuilder { Suites = [0xC02B, 0x5600] }.With(ExtensionType.SupportedVersions, HelloBuilder.V8(Convert.FromHexString(supported))).Parse();
        var site = Tls12Site.Site([Ecdsa], maxVersion: highest);
        if (isFine)
            VersionNegotiation.Choose(hello, site);
        else
            Assert.Equal(AlertDescription.InappropriateFallback, Assert.Throws<PeerMisbehavedException>(() => VersionNegotiation.Choose(hello, site)).Alert);
    }

    [Theory]
    [InlineData(new ushort[] { 0x1302, 0x1303, 0x1301 }, CipherSuite.TLS_AES_128_GCM_SHA256)]
    [InlineData(new ushort[] { 0x1302, 0x1303 }, CipherSuite.TLS_AES_256_GCM_SHA384)]
    [InlineData(new ushort[] { 0x1303, 0x1301 }, CipherSuite.TLS_CHACHA20_POLY1305_SHA256)]
    [InlineData(new ushort[] { 0xCACA, 0xC02B, 0x1303, 0x1301 }, CipherSuite.TLS_CHACHA20_POLY1305_SHA256)]
    [InlineData(new ushort[] { 0xCCA8, 0x1301, 0x1303 }, CipherSuite.TLS_AES_128_GCM_SHA256)]
    public void A_tls_1_3_suite_goes_by_the_servers_order_unless_chacha20_comes_first(ushort[] offered, CipherSuite chosen) =>
        Assert.Equal(chosen, SuitePreference.Choose13(new HelloBuilder { Suites = offered }.Parse(), Tls12Site.Site([])));

    [Fact]
    public void No_common_tls_1_3_suite_is_a_handshake_failure() =>
        AssertIncompatible(AlertDescription.HandshakeFailure, () => SuitePreference.Choose13(new HelloBuilder { Suites = [0x1304, 0xC02B] }.Parse(), Tls12Site.Site([])));

    [Theory]
    [InlineData(new ushort[] { 0xC030, 0xC02F }, CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)]
    [InlineData(new ushort[] { 0xCCA8, 0xC02F }, CipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256)]
    [InlineData(new ushort[] { 0x009C, 0xC030 }, CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384)]
    [InlineData(new ushort[] { 0x009D, 0x009C }, CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256)]
    public void A_tls_1_2_suite_prefers_forward_secrecy(ushort[] offered, CipherSuite chosen)
    {
        var hello = new HelloBuilder { Suites = offered, Extensions = HelloBuilder.Tls12().Extensions }.Parse();
        Assert.Equal(chosen, Choose12(hello, TlsProfile.Compatible, Rsa).Suite.Suite);
    }

    [Fact]
    public void Forward_secrecy_comes_before_the_order_of_certificates()
    {
        var hello = new HelloBuilder { Suites = [0x009C, 0xC02B], Extensions = HelloBuilder.Tls12().Extensions }.Parse();
        var choice = Choose12(hello, TlsProfile.Compatible, Rsa, Ecdsa);
        Assert.Same(Ecdsa, choice.Certificate);
        Assert.NotNull(choice.Signed);
    }

    [Fact]
    public void Profile_default_has_no_rsa_key_exchange()
    {
        var hello = new HelloBuilder { Suites = [0x009C], Extensions = HelloBuilder.Tls12().Extensions }.Parse();
        AssertIncompatible(AlertDescription.HandshakeFailure, () => Choose12(hello, TlsProfile.Default, Rsa));
        Assert.Null(Choose12(hello, TlsProfile.Legacy, Rsa).Signed);
    }

    [Theory]
    [InlineData(new ushort[] { 0x0403 }, TestKey.EcdsaP256)]
    [InlineData(new ushort[] { 0x0503 }, TestKey.EcdsaP384)]
    [InlineData(new ushort[] { 0x0804, 0x0403 }, TestKey.EcdsaP256)]
    [InlineData(new ushort[] { 0x0804 }, TestKey.Rsa2048)]
    [InlineData(new ushort[] { 0x0203, 0x0806 }, TestKey.Rsa2048)]
    [Trait("Catalogue", "X1")]
    public void The_first_certificate_that_the_client_can_verify_is_presented(ushort[] schemes, TestKey expected)
    {
        var hello = HelloBuilder.Tls13().With(ExtensionType.SignatureAlgorithms, HelloBuilder.V16(HelloBuilder.U16(schemes)))
            .With(ExtensionType.SupportedGroups, HelloBuilder.V16(HelloBuilder.U16(0x001D, 0x0017, 0x0018))).Parse();
        var certificate = expected switch { TestKey.EcdsaP256 => Ecdsa, TestKey.EcdsaP384 => EcdsaP384, _ => Rsa };
        Assert.Same(certificate, CertificateChoice.Choose13(hello, Tls12Site.Site([Ecdsa, EcdsaP384, Rsa]))?.Certificate);
        var hello12 = new HelloBuilder { Suites = [0xC02B, 0xC02F], Extensions = [.. hello.Extensions.Where(e => e.Type is ExtensionType.SignatureAlgorithms or ExtensionType.SupportedGroups).Select(e => (e.Type, e.Body.ToArray()))] }.Parse();
        Assert.Same(certificate, Choose12(hello12, TlsProfile.Default, Ecdsa, EcdsaP384, Rsa).Certificate);
    }

    [Theory]
    [InlineData(new ushort[] { 0x0401, 0x0501, 0x0601 })]
    [InlineData(new ushort[] { 0x0201, 0x0203 })]
    public void Tls_1_3_never_signs_by_pkcs1_or_sha1(ushort[] schemes)
    {
        var hello = HelloBuilder.Tls13().With(ExtensionType.SignatureAlgorithms, HelloBuilder.V16(HelloBuilder.U16(schemes))).Parse();
        Assert.Null(CertificateChoice.Choose13(hello, Tls12Site.Site([Ecdsa, Rsa])));
    }

    [Fact]
    public void Tls_1_2_without_signature_algorithms_means_sha1_and_is_refused()
    {
        var hello = HelloBuilder.Tls12().Without(ExtensionType.SignatureAlgorithms).Parse();
        AssertIncompatible(AlertDescription.HandshakeFailure, () => Choose12(hello, TlsProfile.Default, Ecdsa, Rsa));
        var sha1 = HelloBuilder.Tls12().With(ExtensionType.SignatureAlgorithms, HelloBuilder.V16(HelloBuilder.U16(0x0201, 0x0203))).Parse();
        AssertIncompatible(AlertDescription.HandshakeFailure, () => Choose12(sha1, TlsProfile.Default, Ecdsa, Rsa));
    }

    [Fact]
    public void An_ecdsa_certificate_needs_its_curve_among_the_clients_groups_in_tls_1_2()
    {
        var hello = HelloBuilder.Tls12().With(ExtensionType.SupportedGroups, HelloBuilder.V16(HelloBuilder.U16(0x001D))).Parse();
        Assert.Same(Rsa, Choose12(hello, TlsProfile.Default, Ecdsa, Rsa).Certificate);
        var old = HelloBuilder.Tls12().Without(ExtensionType.SupportedGroups).Parse();
        var choice = Choose12(old, TlsProfile.Default, Ecdsa, Rsa);
        Assert.Same(Ecdsa, choice.Certificate);
        Assert.Equal(NamedGroup.Secp256r1, choice.Signed!.Group);
    }

    [Theory]
    // supported_groups, groups with a share, chosen
    [InlineData(new ushort[] { 0x0017, 0x001D }, new ushort[] { 0x0017, 0x001D }, NamedGroup.X25519)]
    [InlineData(new ushort[] { 0x0017, 0x001D }, new ushort[] { 0x0017 }, NamedGroup.Secp256r1)]
    [InlineData(new ushort[] { 0x0018, 0x001D }, new ushort[] { 0x0018 }, NamedGroup.Secp384r1)]
    [InlineData(new ushort[] { 0x0018, 0x0017 }, new ushort[] { }, NamedGroup.Secp256r1)]
    [InlineData(new ushort[] { 0x2A2A, 0x0017 }, new ushort[] { 0x2A2A }, NamedGroup.Secp256r1)]
    public void A_share_is_worth_more_than_the_servers_order(ushort[] supported, ushort[] shares, NamedGroup chosen)
    {
        var hello = HelloBuilder.Tls13()
            .With(ExtensionType.SupportedGroups, HelloBuilder.V16(HelloBuilder.U16(supported)))
            .With(ExtensionType.KeyShare, HelloBuilder.V16([.. shares.SelectMany(group => (byte[])[.. HelloBuilder.U16(group), 0, 1, 1])])).Parse();
        Assert.Equal(chosen, GroupPreference.Choose13(hello, CryptoProvider.Default));
        Assert.Equal(shares.Contains((ushort)chosen), GroupPreference.FindShare(hello, chosen) is not null);
    }

    [Fact]
    public void No_common_group_is_a_handshake_failure()
    {
        var groups = HelloBuilder.V16(HelloBuilder.U16(0x0019, 0x0100));
        AssertIncompatible(AlertDescription.HandshakeFailure, () => GroupPreference.Choose13(HelloBuilder.Tls13().With(ExtensionType.SupportedGroups, groups).Parse(), CryptoProvider.Default));
        AssertIncompatible(AlertDescription.HandshakeFailure, () => Choose12(HelloBuilder.Tls12().With(ExtensionType.SupportedGroups, groups).Parse(), TlsProfile.Default, Rsa));
    }

    [Theory]
    [InlineData("h2,http/1.1", "http/1.1,h2", "h2")]
    [InlineData("h2,http/1.1", "http/1.1", "http/1.1")]
    [InlineData("", "h2", null)]
    [InlineData("h2", null, null)]
    [InlineData("h2", "H2", "!")]
    [InlineData("h2,http/1.1", "h2,http/1.1", "http/1.1", CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256)]
    [InlineData("h2", "h2", "!", CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256)]
    public void Alpn_goes_by_the_servers_order_and_keeps_http2_off_rsa_key_exchange(string server, string? client, string? chosen, CipherSuite suite = CipherSuite.TLS_AES_128_GCM_SHA256)
    {
        var builder = new HelloBuilder();
        if (client is not null)
            builder.With(ExtensionType.ApplicationLayerProtocolNegotiation, HelloBuilder.Alpn(client.Split(',')));
        var site = Tls12Site.Site([Ecdsa], protocols: server.Split(',', StringSplitOptions.RemoveEmptyEntries));
        if (chosen == "!")
            AssertIncompatible(AlertDescription.NoApplicationProtocol, () => ApplicationProtocolChoice.Choose(builder.Parse(), site, CipherSuiteFacts.Of(suite)));
        else
            Assert.Equal(chosen, ApplicationProtocolChoice.Choose(builder.Parse(), site, CipherSuiteFacts.Of(suite)));
    }

    private static Tls12Choice Choose12(ClientHello hello, TlsProfile profile, params TlsCertificate[] certificates) =>
        Tls12Choice.Choose(hello, Tls12Site.Site(certificates, profile), CryptoProvider.Default);

    private static void AssertIncompatible(AlertDescription alert, Action action) =>
        Assert.Equal(alert, Assert.Throws<PeerIncompatibleException>(action).Alert);
}
