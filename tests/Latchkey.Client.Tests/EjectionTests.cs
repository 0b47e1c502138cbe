using Latchkey.Client.Balancing;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.Client.Tests;

/// <summary>Key servers of a pool that fail, are silent, slow or wrong: nobody waits for them for long, and they are named.</summary>
[Trait("Catalogue", "D1")]
public sealed class EjectionTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    private static readonly BalancingOptions Patient = new() { ProbeInterval = TimeSpan.FromMilliseconds(20), EjectionTime = TimeSpan.FromSeconds(30) };

    [Theory]
    [InlineData(KeylessError.Overloaded)]
    [InlineData(KeylessError.Internal)]
    [InlineData(KeylessError.ShuttingDown)]
    public async Task Who_refuses_three_times_in_a_row_is_ejected_named_and_returns_when_it_is_well(KeylessError error)
    {
        var time = new SkippingTime();
        await using var pool = await FakePool.StartAsync(world, 2, FakePool.Unhurried with { ProbeInterval = Patient.ProbeInterval, EjectionTime = Patient.EjectionTime }, time: time);
        pool.Answers[0] = (connection, message) => connection.RefuseAsync(message.Id, error);

        await pool.EchoAsync(20);

        Assert.Equal(3, pool.Counts[0]);
        Assert.Equal(HealthState.Ejected, pool.Client.Status[0].Health);
        Assert.Contains(pool.Log, line => line.Contains($"{pool.Servers[0].EndPoint} gets no operations for 30 s.", StringComparison.Ordinal));

        pool.Answers.Clear();
        time.Skip(Patient.EjectionTime);
        await Eventually.Is(() => pool.Client.Status[0].Health == HealthState.Probation);
        var began = time.GetTimestamp();
        while (pool.Client.Status[0].Health != HealthState.Healthy && time.GetElapsedTime(began) < LinkWorld.Patience)
            await pool.EchoAsync();

        Assert.Equal(HealthState.Healthy, pool.Client.Status[0].Health);
        Assert.Contains(pool.Log, line => line.Contains($"{pool.Servers[0].EndPoint} is healthy again.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_last_healthy_one_is_not_ejected()
    {
        await using var pool = await FakePool.StartAsync(world, 2, Patient);
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
        await using var pool = await FakePool.StartAsync(world, 2, FakePool.Unhurried);
        pool.Answers[0] = (connection, message) => connection.RefuseAsync(message.Id, KeylessError.KeyNotFound);

        await pool.EchoAsync(20);

        Assert.Equal(HealthState.Healthy, pool.Client.Status[0].Health);
    }

    [Fact]
    public async Task A_silent_one_costs_no_operation_more_than_a_moment_and_is_ejected()
    {
        await using var pool = await FakePool.StartAsync(world, 2, Patient);
        await pool.EchoAsync(100); // it is known how long an answer takes
        pool.Answers[0] = (_, _) => ValueTask.CompletedTask;
        await pool.MeasuredAsync();

        var slowest = TimeSpan.Zero;
        for (var i = 0; i < 100; i++)
        {
            var took = await pool.EchoAsync();
            slowest = took > slowest ? took : slowest;
        }

        await Eventually.Is(() => pool.Client.Status[0].Health == HealthState.Ejected);
        Assert.True(slowest < TimeSpan.FromSeconds(7), $"{slowest}"); // the request timeout is 15 s, and the machine may be busy
        Assert.Contains(pool.Log, line => line.Contains($"{pool.Servers[0].EndPoint} gets no operations for 30 s. It did not answer within", StringComparison.Ordinal));
        pool.Counts[0] = 0;
        await pool.EchoAsync(20);
        Assert.Equal(0, pool.Counts[0]);
    }

    [Fact]
    public async Task A_slow_one_is_ejected_and_its_late_answers_are_nobodys()
    {
        await using var pool = await FakePool.StartAsync(world, 2, Patient);
        await pool.EchoAsync(100);
        pool.Delays[0] = TimeSpan.FromSeconds(6);
        await pool.MeasuredAsync();

        var clock = System.Diagnostics.Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => pool.EchoAsync()));

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5.9), $"{clock.Elapsed}");
        await Eventually.Is(() => pool.Client.Status[0].Health == HealthState.Ejected);
        await Eventually.Is(() => pool.Client.Status[0].Outstanding == 0);
        await pool.EchoAsync(20);
    }

    [Fact]
    public async Task A_second_one_is_asked_in_advance_within_a_budget()
    {
        await using var pool = await FakePool.StartAsync(world, 2, Patient with { LateAfter = TimeSpan.FromSeconds(10), HedgeBudget = 10 });
        await pool.EchoAsync(200);
        await pool.MeasuredAsync();
        pool.Counts.AsSpan().Clear();
        pool.Delays = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100)]; // both: asking twice helps nobody

        await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => pool.EchoAsync()));

        // Ten of a hundred, and ten that were saved up.
        Assert.InRange(pool.Counts.Sum(), 401, 400 + 40 + 10);
    }

    [Fact]
    public async Task None_is_asked_in_advance_where_the_budget_is_nothing()
    {
        await using var pool = await FakePool.StartAsync(world, 2, Patient with { LateAfter = TimeSpan.FromSeconds(10), HedgeBudget = 0 });
        await pool.EchoAsync(100);
        await pool.MeasuredAsync();
        pool.Counts.AsSpan().Clear();
        pool.Delays = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100)];

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => pool.EchoAsync()));

        Assert.Equal(50, pool.Counts.Sum());
    }

    [Fact]
    public async Task With_one_key_server_nobody_is_impatient()
    {
        await using var pool = await FakePool.StartAsync(world, 1, Patient with { LateAfter = TimeSpan.FromMilliseconds(20) });
        await pool.EchoAsync(50);
        pool.Delays[0] = TimeSpan.FromSeconds(1);

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => pool.EchoAsync()));

        Assert.Equal(60, pool.Counts[0]);
        Assert.Equal(HealthState.Healthy, pool.Client.Status[0].Health);
    }

    [Fact]
    public async Task All_silent_is_a_failure_at_the_request_timeout()
    {
        await using var pool = await FakePool.StartAsync(world, 2, Patient, requestTimeout: TimeSpan.FromSeconds(2));
        await pool.EchoAsync(50);
        for (var i = 0; i < 2; i++)
            pool.Answers[i] = (_, _) => ValueTask.CompletedTask;

        var clock = System.Diagnostics.Stopwatch.StartNew();
        var failed = await Assert.ThrowsAsync<Tls.Alerts.KeyHolderFailedException>(pool.EchoAsync);

        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(10)); // 15 s without one
        Assert.Contains("did not answer in time", failed.Message, StringComparison.Ordinal);
    }
}
