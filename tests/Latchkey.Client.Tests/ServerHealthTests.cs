using Latchkey.Client.Balancing;

namespace Latchkey.Client.Tests;

/// <summary>Ejection and return of one key server, by a clock of the test's.</summary>
[Trait("Catalogue", "D1")]
public sealed class ServerHealthTests
{
    private readonly ManualClock _time = new();
    private readonly ServerHealth _health;

    public ServerHealthTests() => _health = new ServerHealth(new BalancingOptions(), _time);

    [Fact]
    public void Three_failures_in_a_row_are_too_many_and_a_success_between_starts_anew()
    {
        Assert.False(_health.Failed());
        Assert.False(_health.Failed());
        _health.Succeeded();
        Assert.False(_health.Failed());
        Assert.False(_health.Failed());
        Assert.True(_health.Failed());
    }

    [Fact]
    public void Each_ejection_is_twice_as_long_up_to_the_longest()
    {
        var seconds = new List<double>();
        for (var i = 0; i < 6; i++)
        {
            seconds.Add(_health.Eject("late", forLongest: false)!.Value.TotalSeconds);
            Assert.Null(_health.Eject("late", forLongest: false));
            _time.Advance(TimeSpan.FromSeconds(60));
            Assert.True(_health.AnsweredPing());
        }
        Assert.Equal([5, 10, 20, 40, 60, 60], seconds);
    }

    [Fact]
    public void A_wrong_answer_is_the_longest_ejection_at_once()
    {
        Assert.Equal(TimeSpan.FromSeconds(60), _health.Eject("a wrong signature", forLongest: true));
        Assert.Equal("a wrong signature", _health.Reason);
    }

    [Fact]
    public void It_is_tried_when_its_time_is_over_and_it_answers_pings_and_is_healthy_after_three_successes()
    {
        _health.Eject("late", forLongest: false);
        Assert.False(_health.AnsweredPing());
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(HealthState.Ejected, _health.State);
        Assert.True(_health.AnsweredPing());
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HealthState.Probation, _health.State);
            Assert.True(_health.TryBeginTrial());
            Assert.False(_health.TryBeginTrial()); // one at a time
            Assert.Equal(i == 2, _health.Succeeded());
        }
        Assert.Equal(HealthState.Healthy, _health.State);
        Assert.Null(_health.Reason);
    }

    [Fact]
    public void On_probation_one_failure_is_too_many()
    {
        _health.Eject("late", forLongest: false);
        _time.Advance(TimeSpan.FromSeconds(6));
        _health.AnsweredPing();

        Assert.True(_health.Failed());
        Assert.Equal(TimeSpan.FromSeconds(10), _health.Eject("late", forLongest: false));
    }

    [Fact]
    public void A_trial_whose_end_nobody_hears_of_gives_its_place_back_after_a_second()
    {
        _health.Eject("late", forLongest: false);
        _time.Advance(TimeSpan.FromSeconds(6));
        _health.AnsweredPing();
        Assert.True(_health.TryBeginTrial());
        Assert.False(_health.TryBeginTrial());

        _time.Advance(TimeSpan.FromSeconds(1.1));

        Assert.True(_health.TryBeginTrial());
    }

    [Fact]
    public void Who_was_well_for_long_begins_again_with_the_shortest_ejection()
    {
        for (var i = 0; i < 3; i++)
        {
            _health.Eject("late", forLongest: false);
            _time.Advance(TimeSpan.FromSeconds(60));
            _health.AnsweredPing();
        }
        for (var i = 0; i < 3; i++)
            _health.Succeeded();
        _time.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal(TimeSpan.FromSeconds(5), _health.Eject("late", forLongest: false));
    }

    [Fact]
    public void Percentiles_are_of_the_last_seconds()
    {
        var latency = new ServerLatency(_time);
        Assert.Null(latency.Percentile(95));
        for (var i = 1; i <= 100; i++)
            latency.Add(TimeSpan.FromMilliseconds(i));
        Assert.InRange(latency.Percentile(95)!.Value.TotalMilliseconds, 95, 95 * 1.26);
        Assert.InRange(latency.Percentile(50)!.Value.TotalMilliseconds, 50, 50 * 1.26);

        _time.Advance(TimeSpan.FromSeconds(11));
        latency.Percentile(95);
        _time.Advance(TimeSpan.FromSeconds(11));

        Assert.Null(latency.Percentile(95));
    }
}
