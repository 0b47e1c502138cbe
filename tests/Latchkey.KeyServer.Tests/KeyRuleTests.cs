using System.Security.Cryptography.X509Certificates;
using System.Text;
using Latchkey.Crypto;
using Latchkey.KeyServer.Admission;
using Latchkey.KeyServer.Policy;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

/// <summary>What rules say of one use, without a server around them.</summary>
public sealed class KeyRuleTests
{
    private static readonly EdgeIdentity Edge = Identify("edge-a");

    [Theory]
    [InlineData("site.test", true)]
    [InlineData("SITE.Test.", true)]
    [InlineData("www.site.test", true)]
    [InlineData("a.www.site.test", false)]
    [InlineData(".site.test", false)]
    [InlineData("*.site.test", false)]
    [InlineData("xsite.test", false)]
    [InlineData("test", false)]
    [InlineData("", false)]
    public void A_star_stands_for_one_label(string name, bool matches) =>
        Assert.Equal(matches, new NamePatterns(["site.test", "*.Site.test"]).Match(Encoding.ASCII.GetBytes(name)));

    [Fact]
    public void Of_several_rules_one_that_allows_is_enough_whatever_their_order()
    {
        var none = new KeyRule { Edges = ["edge-b"] };
        var allows = new KeyRule { Edges = ["EDGE-A"] };

        Assert.True(Decide([none, allows]).IsAllowed);
        Assert.True(Decide([allows, none]).IsAllowed);
        Assert.False(Decide([none, none]).IsAllowed);
        Assert.False(Decide([]).IsAllowed);
    }

    [Fact]
    public void A_denial_names_the_rule_that_came_nearest_and_what_of_it_stood_in_the_way()
    {
        var other = new KeyRule { Place = "keys[0].rules[0]", Edges = ["edge-b"] };
        var near = new KeyRule { Place = "keys[0].rules[1]", Edges = ["edge-a"], Names = new NamePatterns(["other.test"]) };
        var operation = new KeyRule { Place = "keys[0].rules[2]", Operations = KeyOperations.Relay };

        Assert.Equal("denied by keys[0].rules[1]: the name is not among its names (other.test)", Explain([other, near, operation]));
        Assert.Equal("denied by keys[0].rules[2]: sign-tls13 is not among its operations (relay)", Explain([other, operation]));
        Assert.Equal("denied by keys[0].rules[0]: it is for edge-b", Explain([other]));
        Assert.Equal("denied by keys[0].rules: no rule is for this edge", Explain([other, other]));
        Assert.Equal("denied by keys[0].rules: no rule is for this edge", Explain([]));
        Assert.Equal("denied by r: the edge would hold signature, its custody ends at session-keys", Explain([new KeyRule { Place = "r", Custody = KeyCustody.SessionKeys }]));
        Assert.Equal("denied by r: rsa_pss_rsae_sha256 is not among its schemes (ed25519)", Explain([new KeyRule { Place = "r", Schemes = [SignatureScheme.Ed25519] }]));
        Assert.Equal("allowed by keys[0].rules[0]", Explain([new KeyRule { Place = "keys[0].rules[0]" }]));
    }

    [Theory]
    [InlineData(null, "site.test", true)]
    [InlineData(null, "", true)]
    [InlineData(null, "foreign.test", false)] // in none of the key's certificates
    [InlineData("*.site.test", "www.site.test", false)] // the same
    [InlineData("site.test", "site.test", true)]
    [InlineData("site.test", "", false)]
    [InlineData("*", "foreign.test", true)]
    [InlineData("*", "", true)]
    public void A_name_must_be_the_rules_and_the_certificates(string? names, string asked, bool allowed) =>
        Assert.Equal(allowed, Decide([new KeyRule { Names = names is null ? null : new NamePatterns([names]) }], asked).IsAllowed);

    [Fact]
    public void The_text_of_a_certificate_does_not_pass_for_another_ones_fingerprint()
    {
        using var authority = TestAuthority.Create();
        using var real = authority.IssueClient("edge-a").WithPrivateKey();
        var identity = EdgeIdentity.Of(real);
        var liars = new[] { identity.Fingerprint, identity.PublicKey }.Select(Identify);

        Assert.All([identity.Fingerprint, identity.PublicKey], one => Assert.True(identity.Answers(one.ToLowerInvariant())));
        Assert.All(liars, liar => Assert.False(liar.Answers(identity.Fingerprint) || liar.Answers(identity.PublicKey)));
    }

    [Fact]
    public void A_decision_allocates_nothing()
    {
        KeySource source = new() { Path = "keys", Rules = [new() { Edges = ["edge-b"] }, new() { Names = new NamePatterns(["*.other.test"]) }, new() { Edges = ["edge-a"], Schemes = [SignatureScheme.RsaPssRsaeSha256] }] };
        var names = new NamePatterns(["site.test"]);
        var name = "site.test"u8.ToArray();
        for (var i = 0; i < 100; i++)
            KeySourcePolicy.Instance.Decide(Use(source, names, name));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            KeySourcePolicy.Instance.Decide(Use(source, names, name));

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static KeyDecision Decide(IReadOnlyList<KeyRule> rules, string name = "site.test") =>
        KeySourcePolicy.Instance.Decide(Use(new KeySource { Path = "keys", Entry = "keys[0]", Rules = rules }, new NamePatterns(["site.test"]), Encoding.ASCII.GetBytes(name)));

    private static string Explain(IReadOnlyList<KeyRule> rules)
    {
        var use = Use(new KeySource { Path = "keys", Entry = "keys[0]", Rules = rules }, new NamePatterns(["site.test"]), "site.test"u8);
        return KeySourcePolicy.Instance.Decide(use).Explain(use);
    }

    private static KeyUse Use(KeySource source, NamePatterns names, ReadOnlySpan<byte> name) => new()
    {
        Edge = Edge,
        Operation = Opcode.SignCertificateVerify,
        Demand = new KeyDemand(KeyOperations.SignTls13, KeyCustody.Signature, SignatureScheme.RsaPssRsaeSha256),
        Source = source,
        Key = "00",
        Algorithm = KeyAlgorithm.Rsa,
        Names = names,
        ServerName = name,
    };

    private static EdgeIdentity Identify(string name)
    {
        using var authority = TestAuthority.Create();
        using var certificate = authority.IssueClient(name).WithPrivateKey();
        return EdgeIdentity.Of(certificate);
    }
}
