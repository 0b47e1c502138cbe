using System.Net;
using Latchkey.Configuration;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls;

namespace Latchkey.Tests.Configuration;

public sealed class EdgeConfigTests(ConfigurationFolder folder) : IClassFixture<ConfigurationFolder>
{
    [Fact]
    public void The_example_of_the_issue_is_understood()
    {
        var config = EdgeConfigReader.Load(folder.File("edge.json"));

        Assert.Equal([IPEndPoint.Parse("127.0.0.1:8443")], config.Listen);
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:9443"), config.Admin);
        var home = config.KeyServers["home"];
        Assert.Equal(["127.0.0.1:2407"], home.EndPoints);
        Assert.True(home.Certificate.HasPrivateKey);
        Assert.Single(home.Authorities);
        var site = Assert.Single(config.Sites);
        Assert.Equal(["example.test", "*.example.test"], site.Names);
        Assert.Equal(("home", "signature", TlsProfile.Default), (site.KeyServer, site.Custody, site.Profile));
        Assert.Null(Assert.Single(site.Certificates).KeyFile);
        Assert.Equal("http://127.0.0.1:8080", Assert.IsType<UpstreamConfig.Http>(site.Upstream).ToString());
        Assert.Empty(config.Warnings);
    }

    [Fact]
    public void A_site_may_have_a_local_key_and_several_certificates()
    {
        var file = folder.WriteChanged("local.json", ConfigurationFolder.Edge, """
            "keyServer": "home",
            """.Trim(), """
            "key": "keys/site.key", "certificates": [ { "certificate": "rsa.pem", "key": "keys/rsa.key" } ],
            """.Trim());
        var site = Assert.Single(EdgeConfigReader.Load(folder.WriteChanged("local.json", File.ReadAllText(file), "\"custody\": \"signature\",", "")).Sites);

        Assert.Equal((null, "local"), (site.KeyServer, site.Custody));
        Assert.Equal([folder.File("keys/site.key"), folder.File("keys/rsa.key")], site.Certificates.Select(certificate => certificate.KeyFile));
    }

    [Theory]
    [Trait("Catalogue", "X6")]
    [InlineData("true", 7200, SignatureScheme.EcdsaSecp256r1Sha256)]
    [InlineData("{ \"lifetimeSeconds\": 600, \"scheme\": \"ecdsa_secp384r1_sha384\" }", 600, SignatureScheme.EcdsaSecp384r1Sha384)]
    [InlineData("false", 0, default(SignatureScheme))]
    public void A_site_may_want_delegated_credentials(string wanted, int seconds, SignatureScheme scheme)
    {
        var file = folder.WriteChanged("delegated.json", ConfigurationFolder.Edge, "\"upstream\":", $"\"delegatedCredentials\": {wanted}, \"upstream\":");
        var terms = Assert.Single(EdgeConfigReader.Load(file).Sites).DelegatedCredentials;

        Assert.Equal((seconds, scheme), ((int)(terms?.Lifetime.TotalSeconds ?? 0), terms?.Scheme ?? default));
    }

    [Fact]
    [Trait("Catalogue", "R1")]
    public void Edges_share_sessions_under_their_ticket_keys_without_a_secret_of_their_own()
    {
        var cached = folder.WriteChanged("shared.json", ConfigurationFolder.Edge, "\"admin\":", "\"sessionCache\": { \"redis\": \"127.0.0.1:6379\" }, \"admin\":");
        var file = folder.WriteChanged("shared.json", File.ReadAllText(cached), "\"upstream\":", "\"resumption\": { \"tickets\": \"ticket-key\", \"sessionIds\": \"shared\" }, \"upstream\":");
        var config = EdgeConfigReader.Load(file);

        Assert.Null(config.SessionCache!.Secret);
        Assert.Equal((TicketArrangement.TicketKey, SessionIdentifierArrangement.Shared), (config.Sites[0].Resumption!.Tickets, config.Sites[0].Resumption!.SessionIds));
    }

    [Theory]
    [InlineData("compatible", TlsProfile.Compatible)]
    [InlineData("legacy", TlsProfile.Legacy)]
    public void A_weaker_profile_is_warned_about(string profile, TlsProfile expected)
    {
        var file = folder.WriteChanged($"{profile}.json", ConfigurationFolder.Edge, "\"custody\"", $"\"profile\": \"{profile}\", \"custody\"");
        var config = EdgeConfigReader.Load(file);

        Assert.Equal(expected, config.Sites[0].Profile);
        Assert.StartsWith($"{file}: sites[0].profile: {profile} offers ", Assert.Single(config.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Suites_and_the_group_of_dhe_are_read()
    {
        var file = folder.WriteChanged("suites.json", ConfigurationFolder.Edge, "\"custody\"", """
            "profile": "legacy", "cipherSuites": ["TLS_AES_256_GCM_SHA384", "TLS_RSA_WITH_AES_128_CBC_SHA"], "dhGroup": "modp4096", "custody"
            """.Trim());
        var site = EdgeConfigReader.Load(file).Sites[0];

        Assert.Equal([CipherSuite.TLS_AES_256_GCM_SHA384, CipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA], site.CipherSuites!);
        Assert.Equal(NamedGroup.Modp4096, site.DhGroup);
        site = EdgeConfigReader.Load(folder.File("edge.json")).Sites[0];
        Assert.Null(site.CipherSuites);
        Assert.Equal(NamedGroup.Ffdhe3072, site.DhGroup);
    }

    [Theory]
    [InlineData("\"profile\": \"compatible\", ", Needs)]
    [InlineData("\"profile\": \"legacy\", \"minVersion\": \"1.3\", ", Needs)]
    [InlineData("\"profile\": \"legacy\", ", "maxVersion: TLS 1.3 has no DSA, and the site has no other key (expected maxVersion 1.2)")]
    [InlineData("\"profile\": \"legacy\", \"maxVersion\": \"1.2\", ", null)]
    [InlineData("\"profile\": \"legacy\", \"certificates\": [ { \"certificate\": \"rsa.pem\" } ], ", null)]
    [Trait("Catalogue", "G6")]
    public void A_dsa_certificate_needs_profile_legacy(string settings, string? error)
    {
        using var authority = TestAuthority.Create();
        authority.IssueServer(TestKey.Dsa2048, "example.test", "*.example.test").Write(folder.Path, "dsa");
        var changed = ConfigurationFolder.Edge.Replace("site.pem", "dsa.pem", StringComparison.Ordinal).Replace("\"custody\"", settings + "\"custody\"", StringComparison.Ordinal);
        var file = folder.Write("dsa.json", changed);

        if (error is null)
            EdgeConfigReader.Load(file);
        else
            Assert.Equal($"{file}: sites[0].{error.Replace("@", folder.Path, StringComparison.Ordinal)}", Assert.Throws<ConfigurationException>(() => EdgeConfigReader.Load(file)).Message);
    }

    private const string Needs = "profile: @/dsa.pem has a DSA key, which only DHE_DSS of TLS 1.2 can use (expected profile legacy and minVersion 1.2)";

    [Fact]
    public void A_name_that_the_certificate_does_not_cover_is_warned_about()
    {
        var file = folder.WriteChanged("uncovered.json", ConfigurationFolder.Edge, "\"*.example.test\"", "\"example.org\"");

        Assert.Equal(
            $"{file}: sites[0].names: {folder.File("site.pem")} is not valid for example.org: clients will refuse it",
            Assert.Single(EdgeConfigReader.Load(file).Warnings));
    }

    [Fact]
    public void Upstreams_are_of_four_kinds()
    {
        Assert.Equal(new UpstreamConfig.Tcp("127.0.0.1", 25), Upstream("tcp://127.0.0.1:25"));
        Assert.Equal(new UpstreamConfig.Files(folder.File("keys")), Upstream("file:keys"));
        Assert.Equal("https", Assert.IsType<UpstreamConfig.Http>(Upstream("https://origin.example/base")).Address.Scheme);
        Assert.Equal("tcp://[::1]:25", Upstream("tcp://[::1]:25").ToString());
    }

    [Fact]
    public void The_command_line_goes_over_the_file()
    {
        var config = EdgeConfigReader.Load(folder.File("edge.json"), "admin=127.0.0.1:0", "sites:0:custody=premaster");

        Assert.Equal((0, "premaster"), (config.Admin!.Port, config.Sites[0].Custody));
    }

    private UpstreamConfig Upstream(string text) =>
        EdgeConfigReader.Load(folder.WriteChanged("upstream.json", ConfigurationFolder.Edge, "http://127.0.0.1:8080", text)).Sites[0].Upstream;
}
