namespace Latchkey.Client.Balancing;

/// <summary>What the policies compare key servers by.</summary>
internal static class ServerScore
{
    /// <summary>Key servers this close to the best share the operations: a measurement is never better than that.</summary>
    private const double Tolerance = 1.25;

    /// <summary>What an operation costs a key server, roughly: between an ECDSA and an RSA signature.</summary>
    private const double OperationMicroseconds = 200;

    /// <summary>Moves the best to the front.</summary>
    /// <returns>How many they are.</returns>
    public static int KeepBest(Span<Balancer.Candidate> candidates, ReadOnlySpan<KeyServerLink> links, BalancingOptions options)
    {
        switch (options.Policy)
        {
            case BalancingPolicy.Fastest:
                Add(candidates, links, 1, static (link, _) => Latency(link));
                break;
            case BalancingPolicy.Nearest:
                Add(candidates, links, 1, static (link, _) => link.Standing.Latency.Floor);
                break;
            case BalancingPolicy.LeastLoaded:
                Add(candidates, links, 1, static (link, _) => Load(link));
                break;
            default:
                Add(candidates, links, options.Weights.Latency, static (link, _) => Latency(link));
                Add(candidates, links, options.Weights.Distance, static (link, _) => link.Standing.Latency.Floor);
                Add(candidates, links, options.Weights.Load, static (link, _) => Load(link));
                break;
        }
        var best = double.PositiveInfinity;
        foreach (var candidate in candidates)
            best = Math.Min(best, candidate.Score);
        var kept = 0;
        foreach (var candidate in candidates)
        {
            if (candidate.Score <= best * Tolerance)
                candidates[kept++] = candidate;
        }
        return kept;
    }

    // Relative to the best of the pool, so that microseconds and queue lengths can be added up. What was not measured yet counts as the best: it must be asked to be measured.
    private static void Add(Span<Balancer.Candidate> candidates, ReadOnlySpan<KeyServerLink> links, double weight, Func<KeyServerLink, int, double> measure)
    {
        Span<double> values = stackalloc double[Balancer.MostCompared];
        var best = double.PositiveInfinity;
        for (var i = 0; i < candidates.Length; i++)
        {
            values[i] = measure(links[candidates[i].Link], i);
            if (values[i] > 0)
                best = Math.Min(best, values[i]);
        }
        for (var i = 0; i < candidates.Length; i++)
            candidates[i].Score += weight * (values[i] > 0 ? values[i] / best : 1);
    }

    // The average is of what was answered; who owes many answers will take longer than that.
    private static double Latency(KeyServerLink link) => link.Standing.Latency.Average * (1 + (Outstanding(link) / 8.0));

    // What waits there for all edges, as of its last report, and what has been asked since from here. One is added so that "nothing" and "one" are not infinitely far apart.
    private static double Load(KeyServerLink link) => link.Standing.Load.WaitMicroseconds + (OperationMicroseconds * (1 + Outstanding(link)));

    private static int Outstanding(KeyServerLink link) => link.Connection?.Outstanding ?? 0;
}
