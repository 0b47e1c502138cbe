using Latchkey.Configuration;

namespace Latchkey.Tests.Configuration;

/// <summary><c>ticketKeys</c> of keyserver.json, and what the entries of <c>keys</c> say of tickets.</summary>
[Trait("Catalogue", "T1")]
public sealed class TicketKeysConfigTests(ConfigurationFolder folder) : IClassFixture<ConfigurationFolder>
{
    private const string KeyServers = """
        "keyServers": { "b": { "endpoints": ["127.0.0.1:2408"], "certificate": "ks.pem", "key": "ks.key", "ca": "ca.pem" } },
        """;

    [Fact]
    public void Left_out_a_key_is_made_each_hour_an_hour_ahead_and_opens_for_a_day()
    {
        var options = Load("").TicketKeys;

        Assert.True(options.Generate);
        Assert.Equal((TimeSpan.FromHours(1), TimeSpan.FromHours(1), TimeSpan.FromHours(24)), (options.Schedule.Period, options.Schedule.Lead, options.Schedule.OpenFor));
        Assert.Empty(options.Peers);
        Assert.Empty(options.SharedWith);
    }

    [Fact]
    public void A_shorter_period_has_a_lead_and_an_end_that_go_with_it()
    {
        var options = Load(""" "ticketKeys": { "periodSeconds": 2 }, """).TicketKeys;

        Assert.Equal((2, 2, 120), (options.Schedule.Period.TotalSeconds, options.Schedule.Lead.TotalSeconds, options.Schedule.OpenFor.TotalSeconds));
    }

    [Fact]
    public void Everything_may_be_said()
    {
        var options = Load(KeyServers + """ "ticketKeys": { "generate": false, "periodSeconds": 10, "leadSeconds": 3, "openSeconds": 60, "peers": ["B"], "sharedWith": ["keyserver-b"] }, """).TicketKeys;

        Assert.False(options.Generate);
        Assert.Equal((10, 3, 60), (options.Schedule.Period.TotalSeconds, options.Schedule.Lead.TotalSeconds, options.Schedule.OpenFor.TotalSeconds));
        Assert.Equal(["b"], options.Peers);
        Assert.Equal(["keyserver-b"], options.SharedWith);
    }

    [Theory]
    [InlineData("\"periodSeconds\": 0", "ticketKeys.periodSeconds: expected a whole number from 1 to 604800, found \"0\"")]
    [InlineData("\"periodSeconds\": 10, \"leadSeconds\": 11", "ticketKeys.leadSeconds: expected a whole number from 1 to 10, found \"11\"")]
    [InlineData("\"periodSeconds\": 10, \"openSeconds\": 601", "ticketKeys.openSeconds: expected a whole number from 1 to 600, found \"601\"")]
    [InlineData("\"peers\": [\"c\"]", "ticketKeys.peers[0]: unknown \"c\" (expected a name of keyServers: b)")]
    [InlineData("\"peer\": [\"b\"]", "ticketKeys.peer: unknown name (did you mean peers?)")]
    public void What_cannot_be_is_said_with_its_place(string text, string error) =>
        Assert.EndsWith(error, Assert.Throws<ConfigurationException>(() => Load(KeyServers + $"\"ticketKeys\": {{ {text} }},")).Message, StringComparison.Ordinal);

    [Fact]
    public void From_a_sealing_secret_nothing_is_made_or_exchanged()
    {
        File.WriteAllBytes(folder.File("seal"), new byte[48]);

        var error = Assert.Throws<ConfigurationException>(() => Load(KeyServers + """ "sealingSecretFile": "seal", "ticketKeys": { "periodSeconds": 60, "peers": ["b"] }, """));

        Assert.Contains("ticketKeys.peers: stands beside sealingSecretFile", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_of_keys_may_share_a_tenant_and_be_renewed()
    {
        var entry = KeyServerConfigReader.Load(folder.WriteChanged("tenant.json", ConfigurationFolder.KeyServer, "\"rawOperations\": false", "\"tenant\": \"shop\", \"renewal\": \"2\"")).Keys[0];

        Assert.Equal(("shop", "2"), (entry.Tenant, entry.Renewal));
        var none = Load("").Keys[0];
        Assert.Equal((null, ""), (none.Tenant, none.Renewal));
    }

    private KeyServerConfig Load(string members) => KeyServerConfigReader.Load(folder.WriteChanged("ticketkeys.json", ConfigurationFolder.KeyServer, "\"admin\":", members + "\"admin\":"));
}
