namespace Latchkey.Client.Balancing;

/// <summary>Which of the healthy key servers of a pool an operation goes to (catalogue D2, D3).</summary>
public enum BalancingPolicy
{
    /// <summary>Each in its turn.</summary>
    RoundRobin,
    /// <summary>The one that has answered fastest of late, as long as it is not busier than another is slow.</summary>
    Fastest,
    /// <summary>The one with the shortest round trip: the floor of its pings, which its load does not change.</summary>
    Nearest,
    /// <summary>The one with the least waiting: what it reports itself, and what it owes here.</summary>
    LeastLoaded,
    /// <summary>All three, each by its weight.</summary>
    Weighted,
}
