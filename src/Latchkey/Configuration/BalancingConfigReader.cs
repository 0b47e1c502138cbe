using Latchkey.Client.Balancing;

namespace Latchkey.Configuration;

/// <summary>Reads <c>balancing</c> of one entry of <c>keyServers</c>.</summary>
internal static class BalancingConfigReader
{
    /// <exception cref="ConfigurationException">The one line to print.</exception>
    public static BalancingOptions Read(ConfigurationValue value)
    {
        value.Only("policy", "weights", "hedgePercentile", "hedgeBudgetPercent", "lateMilliseconds", "ejectAfterFailures", "ejectSeconds", "longestEjectionSeconds", "probeSeconds");
        var defaults = new BalancingOptions();
        var options = new BalancingOptions
        {
            Policy = ReadPolicy(value["policy"]),
            Weights = ReadWeights(value["weights"], defaults.Weights),
            HedgePercentile = value["hedgePercentile"].Number(defaults.HedgePercentile, 50, 99),
            HedgeBudget = value["hedgeBudgetPercent"].Number(defaults.HedgeBudget, 0, 100),
            LateAfter = TimeSpan.FromMilliseconds(value["lateMilliseconds"].Number((int)defaults.LateAfter.TotalMilliseconds, 10, 60_000)),
            EjectAfter = value["ejectAfterFailures"].Number(defaults.EjectAfter, 1, 1000),
            EjectionTime = value["ejectSeconds"].Seconds(defaults.EjectionTime.TotalSeconds, 0.1, 3600),
            LongestEjection = value["longestEjectionSeconds"].Seconds(defaults.LongestEjection.TotalSeconds, 0.1, 86400),
            ProbeInterval = value["probeSeconds"].Seconds(defaults.ProbeInterval.TotalSeconds, 0.05, 60),
        };
        return options.LongestEjection >= options.EjectionTime ? options : throw value["longestEjectionSeconds"].Error($"shorter than ejectSeconds ({options.EjectionTime.TotalSeconds:0.###})");
    }

    private static BalancingPolicy ReadPolicy(ConfigurationValue value) => value.Choice("round-robin", "round-robin", "fastest", "nearest", "least-loaded", "weighted") switch
    {
        "fastest" => BalancingPolicy.Fastest,
        "nearest" => BalancingPolicy.Nearest,
        "least-loaded" => BalancingPolicy.LeastLoaded,
        "weighted" => BalancingPolicy.Weighted,
        _ => BalancingPolicy.RoundRobin,
    };

    private static BalancingWeights ReadWeights(ConfigurationValue value, BalancingWeights defaults)
    {
        value.Only("latency", "distance", "load");
        var weights = new BalancingWeights(Weight(value["latency"], defaults.Latency), Weight(value["distance"], defaults.Distance), Weight(value["load"], defaults.Load));
        return weights.Latency + weights.Distance + weights.Load > 0 ? weights : throw value.Error("one of latency, distance and load must be more than 0");
    }

    private static double Weight(ConfigurationValue value, double otherwise) => value.Number((int)otherwise, 0, 1000);
}
