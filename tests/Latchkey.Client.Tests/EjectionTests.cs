using Latchkey.Client.Balancing;
using Latchkey.Wire;

namespace Latchkey.Client.Tests;

/// <summary>Key servers of a pool that fail, are silent, slow or wrong: nobody waits for them for long, and they are named.</summary>
[Trait("Catalogue", "D1")]
public sealed class EjectionTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    private static readonly BalancingOptions Quick = new() { ProbeInterval = TimeSpan.FromMilliseconds(20), EjectionTime = TimeSpan.FromMilliseconds(300) };

    [Theory]
    [InlineData(KeylessError.Overloaded)]
    [InlineData(KeylessError.Internal)]
    [InlineData(KeylessError.ShuttingDown)]
    public async Task Who_refuses_three_times_in_a_row_is_ejected_named_and_returns_when_it_is_well(KeylessError error)
    {
        await using var pool = await FakePool.StartAsync(world, 2, Quick);
        pool.Answers[0] = (connection, message) => connection.RefuseAsync(message.Id, error);

        await pool.EchoAsync(20);

        Assert.Equal(3, pool.Counts[0]);
        Assert.Equal(HealthState.Ejected, pool.Client.Status[0].Health);
        Assert.Contains(pool.Log, line => line.Contains($"{pool.Servers[0].EndPoint} gets no operations for 0.3 s.", StringComparison.Ordinal));

        pool.Answers.Clear();
        await Eventually.Is(() => pool.Client.Status[0].Health == HealthState.Probation);
        await pool.EchoAsync(20);

        Assert.Equal(HealthState.Healthy, pool.Client.Status[0].Health);
        Assert.Contains(pool.Log, line => line.Contains($"{pool.Servers[0].EndPoint} is healthy again.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_last_healthy_one_is_not_ejected()
    {
        await using var pool = await FakePool.StartAsync(world, 2, Quick with { EjectionTime = TimeSpan.FromSeconds(30) });
        var refuses = true;
        for (var i = 0; i < 2; i++)
            pool.Answers[i] = (connection, message) => refuses ? connection.RefuseAsync(message.Id, KeylessError.Internal) : connection.RespondAsync(message.Id, message.Payload);
        for (var i = 0; i < 10; i++)
            await Assert.ThrowsAsync<Tls.Alerts.KeyHolderFailedException>(pool.EchoAsync);

        Assert.Single(pool.Client.Status, status => status.Health == HealthState.Ejected);
        refuses = false;
        await pool.EchoAsync(10);
    }

    [Fact]
    public async Task What_is_said_of_a_key_ejects_nobody()
    {
        await using var pool = await FakePool.StartAsync(world, 2, Quick);
        pool.Answers[0] = (connection, message) => connection.RefuseAsync(message.Id, KeylessError.KeyNotFound);

        await pool.EchoAsync(20);

        Assert.Equal(HealthState.Healthy, pool.Client.Status[0].Health);
    }
}
