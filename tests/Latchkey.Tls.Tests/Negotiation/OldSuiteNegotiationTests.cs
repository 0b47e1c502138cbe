using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;
using Latchkey.Tls.Tests.Driver;
using Latchkey.Tls.Tests.Messages;
using Latchkey.Tls.Tests.Tls12;

namespace Latchkey.Tls.Tests.Negotiation;

/// <summary>DHE, DSS and AES-CBC: when they are chosen, and how.</summary>
[Trait("Catalogue", "G5")]
public sealed class OldSuiteNegotiationTests
{
    private static readonly TlsCertificate Rsa = Tls12Site.Load(Tls12Site.Rsa);
    private static readonly TlsCertificate Ecdsa = Tls12Site.Load(Tls12Site.Ecdsa);

    [Theory]
    // supported_groups of the client, the group of DHE or 0 for none
    [InlineData(new ushort[] { 0x0100 }, 0x0100)]
    [InlineData(new ushort[] { 0x0100, 0x0101, 0x0102 }, 0x0101)]
    [InlineData(new ushort[] { 0x0104, 0x0103, 0x0102 }, 0x0102)]
    [InlineData(new ushort[] { 0x0104 }, 0x0104)]
    [InlineData(new ushort[] { 0x0105 }, 0)] // unknown, but of the range: RFC 7919 §4 forbids DHE
    [InlineData(new ushort[] { 0x01FF, 0x001D }, 0)]
    [InlineData(new ushort[] { 0x01FC }, 0)] // our internal number of a group means nothing to a client
    [InlineData(new ushort[] { 0x001D }, 0x0102)] // names none: the site's
    [InlineData(new ushort[] { 0x0200 }, 0x0102)]
    [InlineData(new ushort[] { }, 0x0102)]
    [Trait("Catalogue", "K2")]
    public void The_group_of_dhe_is_one_the_client_names_or_the_sites(ushort[] supported, ushort chosen)
    {
        var hello = Hello(0x009E);
        hello = supported.Length > 0 ? hello.With(ExtensionType.SupportedGroups, HelloBuilder.V16(HelloBuilder.U16(supported))) : hello.Without(ExtensionType.SupportedGroups);
        var site = Site(TlsProfile.Compatible, [Rsa], dhGroup: NamedGroup.Ffdhe4096);
        if (chosen != 0)
            Assert.Equal((NamedGroup)chosen, Tls12Choice.Choose(hello.Parse(), site, CryptoProvider.Default).Signed!.Group);
        else
            AssertFails(hello, site);
    }

    [Fact]
    public void A_client_whose_groups_are_unknown_is_served_without_dhe_where_it_can_be()
    {
        var hello = Hello(0x009E, 0x009C).With(ExtensionType.SupportedGroups, HelloBuilder.V16(HelloBuilder.U16(0x0110)));
        Assert.Equal(CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256, Choose(hello, TlsProfile.Compatible, Rsa).Suite.Suite);
    }

    [Theory]
    [InlineData(new ushort[] { 0x009E, 0xC02F }, CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)]
    [InlineData(new ushort[] { 0xC013, 0x009E }, CipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256)] // an AEAD before a curve
    [InlineData(new ushort[] { 0x009C, 0x0033 }, CipherSuite.TLS_DHE_RSA_WITH_AES_128_CBC_SHA)] // forward secrecy before an AEAD
    [InlineData(new ushort[] { 0x002F, 0x009C }, CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256)]
    [InlineData(new ushort[] { 0xCCAA, 0x009E }, CipherSuite.TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256)]
    [InlineData(new ushort[] { 0xCCAA, 0x009E, 0xC02F }, CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)]
    [InlineData(new ushort[] { 0xC014, 0xC013, 0xC027 }, CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256)]
    public void The_best_suite_is_chosen_whatever_the_clients_order(ushort[] offered, CipherSuite chosen) =>
        Assert.Equal(chosen, Choose(Hello(offered), TlsProfile.Legacy, Rsa).Suite.Suite);

    [Fact]
    public void Profiles_widen_one_after_the_other()
    {
        AssertFails(Hello(0x009E), Site(TlsProfile.Default, [Rsa]));
        AssertFails(Hello(0xC013, 0x0033, 0x002F, 0xC027), Site(TlsProfile.Compatible, [Rsa]));
        foreach (var facts in CipherSuiteFacts.All.Where(facts => facts.Version == TlsVersion.Tls12 && facts.Authentication != SuiteAuthentication.PreSharedKey))
        {
            var certificate = facts.Authentication switch { SuiteAuthentication.Ecdsa => Ecdsa, SuiteAuthentication.Dss => Dsa, _ => Rsa };
            Assert.Equal(facts.Suite, Choose(Hello((ushort)facts.Suite), facts.Profile, certificate).Suite.Suite);
            if (facts.Profile > TlsProfile.Default)
                AssertFails(Hello((ushort)facts.Suite), Site(facts.Profile - 1, [certificate]));
        }
    }

    [Fact]
    public void A_list_of_suites_narrows_the_profile_in_both_versions()
    {
        var site = Site(TlsProfile.Legacy, [Rsa], suites: [CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, CipherSuite.TLS_AES_256_GCM_SHA384, CipherSuite.TLS_DHE_DSS_WITH_AES_128_CBC_SHA]);
        Assert.Equal(CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, Tls12Choice.Choose(Hello(0xC02F, 0xC013).Parse(), site, CryptoProvider.Default).Suite.Suite);
        AssertFails(Hello(0xC02F), site);
        Assert.Equal(CipherSuite.TLS_AES_256_GCM_SHA384, SuitePreference.Choose13(HelloBuilder.Tls13().Parse(), site));
    }

    [Theory]
    [InlineData(0xC013, true, true)]
    [InlineData(0xC013, false, false)]
    [InlineData(0xC02F, true, false)] // RFC 7366 §3: an AEAD suite is not to be answered
    public void Encrypt_then_mac_goes_with_cbc_only(ushort suite, bool offered, bool agreed)
    {
        var hello = Hello(suite);
        if (offered)
            hello = hello.With(ExtensionType.EncryptThenMac, []);
        Assert.Equal(agreed, Choose(hello, TlsProfile.Legacy, Rsa).EncryptThenMac);
    }

    [Fact]
    public void Encrypt_then_mac_with_a_body_is_malformed() =>
        Assert.Equal(AlertDescription.DecodeError, Assert.Throws<PeerMisbehavedException>(() => Hello(0xC013).With(ExtensionType.EncryptThenMac, [0]).Parse()).Alert);

    [Fact]
    public void Without_constant_time_cbc_only_clients_with_encrypt_then_mac_get_it()
    {
        var site = Site(TlsProfile.Legacy, [Rsa]);
        var choice = Tls12Choice.Choose(Curve(Hello(0xC013, 0x009C)).With(ExtensionType.EncryptThenMac, []).Parse(), site, CryptoProvider.BaseLibrary);
        Assert.Equal(CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, choice.Suite.Suite);
        Assert.Equal(CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256, Tls12Choice.Choose(Curve(Hello(0xC013, 0x009C)).Parse(), site, CryptoProvider.BaseLibrary).Suite.Suite);
        Assert.Throws<PeerIncompatibleException>(() => Tls12Choice.Choose(Hello(0x009E).Parse(), site, CryptoProvider.BaseLibrary));

        static HelloBuilder Curve(HelloBuilder hello) => hello.With(ExtensionType.SupportedGroups, HelloBuilder.V16(HelloBuilder.U16(0x0017)));
    }

    [Fact]
    [Trait("Catalogue", "G6")]
    public void A_dsa_certificate_signs_for_dss_suites_and_nothing_else()
    {
        var hello = Hello(0x00A2, 0xC02B, 0x009E, 0x009C);
        var choice = Choose(hello, TlsProfile.Legacy, Dsa);
        Assert.Equal((CipherSuite.TLS_DHE_DSS_WITH_AES_128_GCM_SHA256, SignatureScheme.DsaSha256), (choice.Suite.Suite, choice.Signed!.Scheme));
        AssertFails(Hello(0xC02B, 0x009E, 0x009C), Site(TlsProfile.Legacy, [Dsa]));
        AssertFails(Hello(0x00A2).With(ExtensionType.SignatureAlgorithms, HelloBuilder.V16(HelloBuilder.U16(0x0202, 0x0401))), Site(TlsProfile.Legacy, [Dsa])); // dsa_sha1
        Assert.Null(CertificateChoice.Choose13(HelloBuilder.Tls13().With(ExtensionType.SignatureAlgorithms, HelloBuilder.V16(HelloBuilder.U16(0x0402))).Parse(), Site(TlsProfile.Legacy, [Dsa])));
    }

    [Theory]
    [InlineData(CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, "http/1.1")]
    [InlineData(CipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, "h2")]
    [InlineData(CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256, "http/1.1")]
    public void Http2_is_kept_off_the_suites_its_appendix_lists(CipherSuite suite, string protocol)
    {
        var hello = Hello((ushort)suite).With(ExtensionType.ApplicationLayerProtocolNegotiation, HelloBuilder.Alpn("h2", "http/1.1")).Parse();
        Assert.Equal(protocol, Tls12Choice.Choose(hello, Tls12Site.Site([Rsa], TlsProfile.Legacy, ["h2", "http/1.1"]), CryptoProvider.Default).ApplicationProtocol);
    }

    private static TlsCertificate Dsa => field ??= Tls12Site.Load(TestSite.Authority.IssueServer(TestKey.Dsa2048, "example.test"));

    private static HelloBuilder Hello(params ushort[] suites) => new HelloBuilder { Suites = suites, Extensions = HelloBuilder.Tls12().Extensions }
        .With(ExtensionType.SignatureAlgorithms, HelloBuilder.V16(HelloBuilder.U16(0x0403, 0x0804, 0x0401, 0x0402)));

    private static TlsSite Site(TlsProfile profile, TlsCertificate[] certificates, NamedGroup dhGroup = NamedGroup.Ffdhe3072, CipherSuite[]? suites = null) => new()
    {
        Name = "example.test",
        Certificates = certificates,
        Profile = profile,
        DhGroup = dhGroup,
        CipherSuites = suites?.ToHashSet(),
    };

    private static Tls12Choice Choose(HelloBuilder hello, TlsProfile profile, TlsCertificate certificate) =>
        Tls12Choice.Choose(hello.Parse(), Site(profile, [certificate]), CryptoProvider.Default);

    private static void AssertFails(HelloBuilder hello, TlsSite site) =>
        Assert.Equal(AlertDescription.HandshakeFailure, Assert.Throws<PeerIncompatibleException>(() => Tls12Choice.Choose(hello.Parse(), site, CryptoProvider.Default)).Alert);
}
