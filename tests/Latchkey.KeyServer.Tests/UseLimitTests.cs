using Latchkey.Crypto;
using Latchkey.KeyServer.Policy;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

/// <summary>A rule's <c>rate</c> and <c>quota</c> (attacks 6, 20).</summary>
public sealed class UseLimitTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_bucket_gives_its_burst_at_once_and_then_its_rate()
    {
        var counter = new UseCounter();
        var rate = new UseRate(10, 5);

        Assert.Equal(5, Taken(counter, rate, at: 0, tries: 20));
        Assert.Equal(0, Taken(counter, rate, at: 99, tries: 20));
        Assert.Equal(1, Taken(counter, rate, at: 100, tries: 20));
        Assert.Equal(3, Taken(counter, rate, at: 400, tries: 20));
        Assert.Equal(5, Taken(counter, rate, at: 1_000_000, tries: 20)); // full again, and no fuller
    }

    [Fact]
    public void Asking_in_vain_does_not_put_off_the_next_token()
    {
        var counter = new UseCounter();
        var rate = new UseRate(10, 1);
        Assert.Equal(1, Taken(counter, rate, at: 0, tries: 1));

        Assert.Equal(9, Enumerable.Range(1, 999).Sum(millisecond => Taken(counter, rate, at: millisecond, tries: 1)));
    }

    [Fact]
    public void A_quota_is_used_up_until_the_clock_s_next_period()
    {
        var counter = new UseCounter();
        var daily = new UseQuota(3, TimeSpan.FromDays(1));

        Assert.Equal(3, Taken(counter, daily, Noon, tries: 5));
        Assert.Equal(0, Taken(counter, daily, Noon.AddHours(11.9), tries: 5));
        Assert.Equal(3, Taken(counter, daily, Noon.AddHours(12), tries: 5));
    }

    [Fact]
    public void Limits_that_were_changed_go_on_from_what_has_been_used()
    {
        var counter = new UseCounter();
        Assert.Equal(3, Taken(counter, new UseQuota(3, TimeSpan.FromDays(1)), Noon, tries: 5));

        Assert.Equal(2, Taken(counter, new UseQuota(5, TimeSpan.FromDays(1)), Noon, tries: 5));
        Assert.Equal(0, Taken(counter, new UseQuota(4, TimeSpan.FromHours(1)), Noon, tries: 5));
        Assert.Equal(4, Taken(counter, new UseQuota(4, TimeSpan.FromHours(1)), Noon.AddHours(1), tries: 5));
    }

    [Fact]
    public async Task Each_edge_has_a_limit_of_its_own_for_each_key_and_is_told_when_it_is_reached()
    {
        await using var server = new TestKeyServer { Rules = [new KeyRule { Place = "keys[0].rules[0]", Quota = new UseQuota(2, TimeSpan.FromDays(1)) }] };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        var other = server.AddKey(TestKey.EcdsaP256, "other.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync("edge-a");
        await using var second = await server.ConnectAsync("edge-a");
        await using var stranger = await server.ConnectAsync("edge-b");
        foreach (var one in new[] { edge, second, stranger })
            await one.NegotiateAsync();

        Assert.Equal(KeylessError.None, await SignAsync(edge, site));
        Assert.Equal(KeylessError.Malformed, (await edge.AskAsync(TestRequests.Raw(Opcode.SignCertificateVerify, site.Ski(), []))).Error); // uses nothing up
        Assert.Equal(KeylessError.None, await SignAsync(second, site));
        Assert.Equal(KeylessError.RateLimited, await SignAsync(edge, site));
        Assert.Equal(KeylessError.RateLimited, await SignAsync(second, site));
        Assert.Equal(KeylessError.None, await SignAsync(edge, other));
        Assert.Equal(KeylessError.None, await SignAsync(stranger, site));
        Assert.EndsWith("as often as keys[0].rules[0] allows: 2 a day.", server.Log.Find(3024), StringComparison.Ordinal);
    }

    private static async Task<KeylessError> SignAsync(TestEdge edge, TestCertificate site) =>
        (await edge.AskAsync(TestRequests.CertificateVerify(site.Ski(), (ushort)SignatureScheme.EcdsaSecp256r1Sha256, new byte[32]))).Error;

    private static int Taken(UseCounter counter, UseRate rate, long at, int tries) =>
        Enumerable.Range(0, tries).Count(_ => counter.Take(rate, null, at, 1000, default) == UseLimit.None);

    private static int Taken(UseCounter counter, UseQuota quota, DateTimeOffset at, int tries) =>
        Enumerable.Range(0, tries).Count(_ => counter.Take(null, quota, 0, 1000, at) == UseLimit.None);
}
