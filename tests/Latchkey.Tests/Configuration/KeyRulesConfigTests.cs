using Latchkey.Configuration;
using Latchkey.Crypto;
using Latchkey.KeyServer.Policy;

namespace Latchkey.Tests.Configuration;

public sealed class KeyRulesConfigTests(ConfigurationFolder folder) : IClassFixture<ConfigurationFolder>
{
    [Fact]
    public void A_rule_says_whom_it_is_for_and_what_it_allows()
    {
        var rules = Read("""
            [ { "edges": ["edge-a"], "names": ["example.test"], "operations": ["standard", "raw-sign"], "custody": "session-keys", "schemes": ["rsa_pss_rsae_sha256"] }, {} ]
            """)!;

        Assert.Equal(["edge-a"], rules[0].Edges);
        Assert.Equal("example.test", rules[0].Names!.ToString());
        Assert.Equal(KeyOperations.Standard | KeyOperations.RawSign, rules[0].Operations);
        Assert.Equal(KeyCustody.SessionKeys, rules[0].Custody);
        Assert.Equal([SignatureScheme.RsaPssRsaeSha256], rules[0].Schemes);
        Assert.Equal("keys[0].rules[1]", rules[1].Place);
        Assert.Equal((null, null, KeyOperations.Standard, null), (rules[1].Edges, rules[1].Names, rules[1].Operations, rules[1].Schemes));
    }

    [Fact]
    [Trait("Catalogue", "X6")]
    public void A_rule_says_how_long_delegated_credentials_may_live()
    {
        var rules = Read("""[ { "operations": ["delegated-credential"], "delegatedCredentialSeconds": 600 }, { "operations": ["standard", "delegated-credential"] } ]""")!;

        Assert.Equal(KeyOperations.DelegatedCredential, rules[0].Operations);
        Assert.Equal(TimeSpan.FromMinutes(10), rules[0].DelegatedCredentialLifetime);
        Assert.Equal(TimeSpan.FromHours(12), rules[1].DelegatedCredentialLifetime);
    }

    // Whoever takes the last rule away wants nobody to use the key, not everybody.
    [Fact]
    public void No_rules_at_all_allow_nothing() => Assert.Empty(Read("[]")!);

    private IReadOnlyList<KeyRule>? Read(string rules) => KeyServerConfigReader
        .Load(folder.WriteChanged("rules.json", ConfigurationFolder.KeyServer, "\"rawOperations\": false", $"\"rules\": {rules}"))
        .Keys[0].Rules;
}
