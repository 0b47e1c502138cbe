namespace Latchkey.Client.Balancing;

/// <summary>How operations are spread over the key servers of a pool, and when one of them gets none for a while.</summary>
public sealed record BalancingOptions
{
    /// <summary>Which key server comes next. Default: each in its turn.</summary>
    public BalancingPolicy Policy { get; init; } = BalancingPolicy.RoundRobin;

    /// <summary>What counts how much with <see cref="BalancingPolicy.Weighted"/>.</summary>
    public BalancingWeights Weights { get; init; } = new(1, 1, 1);

    /// <summary>A second key server is asked where the first has not answered in the time in which the pool's best answers so many of a hundred. Default 95.</summary>
    public int HedgePercentile { get; init; } = 95;

    /// <summary>Operations asked a second time in advance, of a hundred, at most; 0: none. Default 5.</summary>
    public int HedgeBudget { get; init; } = 5;

    /// <summary>An operation without an answer for so long counts against its key server and is asked elsewhere, whatever the budget says. Default 250 ms; longer where
    /// even the best of the pool needs a quarter of it.</summary>
    public TimeSpan LateAfter { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Failures in a row, late answers included, after which a key server is ejected. Default 3.</summary>
    public int EjectAfter { get; init; } = 3;

    /// <summary>How long it gets no operation the first time; twice as long each further time. Default 5 s.</summary>
    public TimeSpan EjectionTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest; the time of one that gave a wrong answer. Default 60 s.</summary>
    public TimeSpan LongestEjection { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Between two pings to each key server of a pool. Default 1 s.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>Weights of a combination; each 0 or more, their unit is of no importance.</summary>
/// <param name="Latency">Of answers.</param>
/// <param name="Distance">Of the round trip's floor.</param>
/// <param name="Load">Of what waits.</param>
public sealed record BalancingWeights(double Latency, double Distance, double Load);
