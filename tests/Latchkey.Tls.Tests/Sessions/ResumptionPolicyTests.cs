using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Tests.Sessions;

/// <summary>Each reason by itself: what is not the same as in a full handshake now, and nothing else.</summary>
[Trait("Catalogue", "R10")]
public sealed class ResumptionPolicyTests
{
    private static readonly SessionFacts Facts = SampleSession.Facts;
    private static readonly ResumptionTerms Terms = SampleSession.Terms;

    [Fact]
    public void A_session_that_says_what_a_full_handshake_would_goes_on() => AssertResult(ResumptionResult.Resumed, Facts, Terms);

    [Fact]
    public void Its_lifetime_ends_to_the_second()
    {
        AssertResult(ResumptionResult.Resumed, Facts, Terms with { Now = Facts.Established.AddHours(12).AddMilliseconds(-1) });
        AssertResult(ResumptionResult.Outlived, Facts, Terms with { Now = Facts.Established.AddHours(12) });
    }

    [Fact]
    public void A_site_that_allows_less_now_shortens_it() =>
        AssertResult(ResumptionResult.Outlived, Facts, Terms with { Lifetime = TimeSpan.FromMinutes(59) });

    [Fact]
    public void A_site_that_allows_more_now_does_not_prolong_it() =>
        AssertResult(ResumptionResult.Outlived, Facts with { Lifetime = TimeSpan.FromMinutes(59) }, Terms);

    [Fact]
    public void A_later_issue_does_not_prolong_it() =>
        AssertResult(ResumptionResult.Outlived, Facts with { Established = Facts.Established.AddHours(-12) }, Terms);

    [Fact]
    [Trait("Catalogue", "T2")]
    public void A_little_of_the_future_is_another_machines_clock_and_much_is_refused()
    {
        AssertResult(ResumptionResult.Resumed, Facts with { Established = Terms.Now.AddMinutes(20) }, Terms);
        AssertResult(ResumptionResult.NotYetValid, Facts with { Established = Terms.Now.AddMinutes(31) }, Terms);
    }

    [Fact]
    [Trait("Catalogue", "T2")]
    public void A_session_of_the_future_has_no_more_left_than_any_other() =>
        Assert.Equal(Facts.Lifetime, ResumptionPolicy.Left(Facts with { Established = Terms.Now.AddMinutes(20) }, ResumptionPolicy.MaxLifetime, Terms.Now));

    [Fact]
    public void Another_version() => AssertResult(ResumptionResult.VersionChanged, Facts, Terms with { Version = TlsVersion.Tls13 });

    [Fact]
    [Trait("Attack", "9")]
    public void Another_site() => AssertResult(ResumptionResult.SiteChanged, Facts, Terms with { Site = "other.test" });

    [Theory]
    [InlineData("example.test")]
    [InlineData(null)]
    public void Another_name_or_none(string? name) => AssertResult(ResumptionResult.ServerNameChanged, Facts, Terms with { ServerName = name });

    [Theory]
    [InlineData("http/1.1")]
    [InlineData(null)]
    public void Another_application_protocol_or_none(string? protocol) => AssertResult(ResumptionResult.ApplicationProtocolChanged, Facts, Terms with { ApplicationProtocol = protocol });

    [Fact]
    public void A_suite_that_either_side_does_not_have_any_more() =>
        AssertResult(ResumptionResult.SuiteChanged, Facts, Terms with { CipherSuites = [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256] });

    [Fact]
    public void A_certificate_that_was_replaced() =>
        AssertResult(ResumptionResult.CertificateChanged, Facts, Terms with { CertificateFingerprints = [SHA256.HashData("another"u8)] });

    [Fact]
    public void A_session_by_a_pre_shared_key_has_no_certificate_to_compare() =>
        AssertResult(ResumptionResult.Resumed, Facts with { CertificateFingerprint = default }, Terms with { CertificateFingerprints = [] });

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Encrypt_then_mac_is_kept(bool then, bool now) => AssertResult(
        ResumptionResult.EncryptThenMacChanged,
        Facts with { CipherSuite = CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, EncryptThenMac = then },
        Terms with { CipherSuites = [CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA], EncryptThenMac = now });

    [Fact]
    public void To_an_aead_suite_encrypt_then_mac_means_nothing() => AssertResult(ResumptionResult.Resumed, Facts, Terms with { EncryptThenMac = true });

    [Fact]
    [Trait("Catalogue", "G1")]
    public void A_client_certificate_whose_validity_is_over()
    {
        using var authority = TestAuthority.Create();
        var client = authority.IssueClient("client");
        using var certificate = client.WithoutPrivateKey();
        var facts = Facts with { ClientCertificates = [certificate.RawData], Established = certificate.NotAfter.ToUniversalTime().AddMinutes(-10) };
        AssertResult(ResumptionResult.Resumed, facts, Terms with { Now = certificate.NotAfter.ToUniversalTime().AddSeconds(-1) });
        AssertResult(ResumptionResult.ClientCertificateOutlived, facts, Terms with { Now = certificate.NotAfter.ToUniversalTime() });
        AssertResult(ResumptionResult.ClientCertificateOutlived, Facts with { ClientCertificates = [new byte[] { 1, 2, 3 }] }, Terms);
    }

    [Fact]
    [Trait("Catalogue", "R8")]
    public void A_ticket_is_renewed_in_the_second_half_of_its_life()
    {
        Assert.False(ResumptionPolicy.IsRenewalDue(Facts, Facts.Issued.AddHours(6)));
        Assert.True(ResumptionPolicy.IsRenewalDue(Facts, Facts.Issued.AddHours(6).AddSeconds(1)));
        // A renewed one lives from its issue to the session's end.
        var renewed = Facts with { Issued = Facts.Established.AddHours(8) };
        Assert.False(ResumptionPolicy.IsRenewalDue(renewed, Facts.Established.AddHours(10)));
        Assert.True(ResumptionPolicy.IsRenewalDue(renewed, Facts.Established.AddHours(10).AddSeconds(1)));
    }

    private static void AssertResult(ResumptionResult expected, SessionFacts facts, ResumptionTerms terms) => Assert.Equal(expected, ResumptionPolicy.Judge(facts, terms));
}
