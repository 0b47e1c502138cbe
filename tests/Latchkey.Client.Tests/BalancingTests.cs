using Latchkey.Client.Balancing;
using Latchkey.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Client.Tests;

/// <summary>Which key server of a pool is asked, by the policies, with real connections to key servers that behave as a test says.</summary>
public sealed class BalancingTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    [Fact]
    [Trait("Catalogue", "D2")]
    public async Task Round_robin_goes_round_the_healthy()
    {
        await using var pool = await FakePool.StartAsync(world, 3, FakePool.Unhurried);

        await pool.EchoAsync(30);

        Assert.All(pool.Counts, count => Assert.Equal(10, count));
    }

    [Fact]
    [Trait("Catalogue", "D3")]
    public async Task Fastest_prefers_the_one_that_answers_fastest()
    {
        await using var pool = await FakePool.StartAsync(world, 3, FakePool.Unhurried with { Policy = BalancingPolicy.Fastest });
        pool.Delays[0] = pool.Delays[2] = TimeSpan.FromMilliseconds(200);

        await pool.EchoAsync(200);

        Assert.True(pool.Counts[1] > 150, string.Join(", ", pool.Counts));
        Assert.All(pool.Counts, count => Assert.NotEqual(0, count)); // the others are looked at again and again
    }

    [Fact]
    [Trait("Catalogue", "D3")]
    public async Task Fastest_follows_a_change()
    {
        await using var pool = await FakePool.StartAsync(world, 2, FakePool.Unhurried with { Policy = BalancingPolicy.Fastest });
        pool.Delays[0] = TimeSpan.FromMilliseconds(100);
        await pool.EchoAsync(100);
        Assert.True(pool.Counts[1] > 70, string.Join(", ", pool.Counts));
        pool.Delays = [TimeSpan.Zero, TimeSpan.FromMilliseconds(100)];

        await pool.EchoAsync(900);
        pool.Counts.AsSpan().Clear();
        await pool.EchoAsync(100);

        Assert.True(pool.Counts[0] > 70, string.Join(", ", pool.Counts));
    }

    [Fact]
    [Trait("Catalogue", "D3")]
    public async Task Nearest_prefers_the_one_whose_pings_are_back_first_however_long_it_computes()
    {
        await using var pool = await FakePool.StartAsync(world, 2, FakePool.Unhurried with { Policy = BalancingPolicy.Nearest, ProbeInterval = TimeSpan.FromMilliseconds(20) }, distances: [150, 0]);
        await Eventually.Is(() => pool.Client.Status.All(status => status.RoundTripMilliseconds > 0));
        await Eventually.Is(() => pool.Client.Status[1].RoundTripMilliseconds < 75); // on a busy machine the first may take long
        pool.Delays[1] = TimeSpan.FromMilliseconds(20);

        await pool.EchoAsync(64);

        Assert.InRange(pool.Counts[0], 0, 3); // every 32nd operation looks at the others
    }

    [Fact]
    [Trait("Catalogue", "D3")]
    public async Task Least_loaded_prefers_the_one_that_reports_the_shorter_queue()
    {
        await using var pool = await FakePool.StartAsync(world, 2, FakePool.Unhurried with { Policy = BalancingPolicy.LeastLoaded });
        pool.Client.Standing(0).Load = new KeyServerLoad(200, 2, 10_000);

        await pool.EchoAsync(64);

        Assert.InRange(pool.Counts[0], 1, 3);
    }

    [Theory]
    [InlineData(1, 0, 0, 0)]
    [InlineData(0, 0, 1, 1)]
    [Trait("Catalogue", "D3")]
    public async Task A_weighted_combination_prefers_what_weighs_most(double latency, double distance, double load, int expected)
    {
        await using var pool = await FakePool.StartAsync(world, 2, FakePool.Unhurried with { Policy = BalancingPolicy.Weighted, Weights = new(latency, distance, load) });
        pool.Delays[1] = TimeSpan.FromMilliseconds(expected == 0 ? 200 : 30);
        await pool.EchoAsync(20);
        pool.Client.Standing(0).Load = new KeyServerLoad(200, 2, 10_000);
        pool.Counts.AsSpan().Clear();

        await pool.EchoAsync(64);

        Assert.True(pool.Counts[expected] > 50, string.Join(", ", pool.Counts));
    }
}
