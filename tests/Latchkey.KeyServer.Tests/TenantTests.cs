using Latchkey.Testing;

namespace Latchkey.KeyServer.Tests;

/// <summary>Entries of <c>keys</c> with one tenant have the same ticket keys, as far as the same edges may have them.</summary>
[Trait("Catalogue", "T1")]
public sealed class TenantTests
{
    [Fact]
    [Trait("Attack", "9")]
    public async Task Keys_of_one_tenant_share_their_ticket_keys_and_others_share_nothing()
    {
        await using var server = new TestKeyServer { TicketKeys = true, Time = new SetClock() };
        var apart = server.AddKey(TestKey.EcdsaP256, "apart.test");
        var (a, b, narrower, other) = (Add(server, "a.test", "shop"), Add(server, "b.test", "shop"), Add(server, "narrower.test", "shop", "edge-1"), Add(server, "other.test", "other shop"));
        await server.StartAsync();
        await using var edge = await server.ConnectAsync("edge-1");
        await edge.NegotiateAsync();

        var keys = await KeysAsync(edge, a, "a.test");
        var same = await KeysAsync(edge, b, "b.test");

        Assert.Equal(keys.Audience, same.Audience);
        Assert.Equal(keys.Names, same.Names);
        foreach (var (site, name) in ((TestCertificate, string)[])[(narrower, "narrower.test"), (other, "other.test"), (apart, "apart.test"), (apart, "shop")])
        {
            var foreign = await KeysAsync(edge, site, name);
            Assert.NotEqual(keys.Audience, foreign.Audience);
            Assert.Empty(keys.Names.Intersect(foreign.Names));
        }
    }

    private static TestCertificate Add(TestKeyServer server, string name, string tenant, string? edge = null)
    {
        var site = TestKeyServer.Issue(TestKey.EcdsaP256, name);
        var folder = Directory.CreateDirectory(Path.Combine(server.Keys, "..", name)).FullName;
        site.WriteKey(folder, "site");
        server.FurtherKeys.Add(new KeySource { Path = folder, Tenant = tenant, TicketKeys = true, AllowedEdges = edge is null ? null : [edge] });
        return site;
    }

    private static async Task<ReceivedKeys> KeysAsync(TestEdge edge, TestCertificate site, string name) =>
        ReceivedKeys.Read((await edge.AskAsync(TestRequests.TicketKeys(site, name))).Payload);
}
