namespace Latchkey.Client.Balancing;

/// <summary>
/// Chooses the connection for an operation: of the healthy key servers by the policy, those on probation one operation at a time, and the ejected
/// only where there is no other. No lock, no allocation.
/// </summary>
internal sealed class Balancer(BalancingOptions options)
{
    /// <summary>Key servers that are compared for one operation; of more, another part each time.</summary>
    public const int MostCompared = 16;

    // What was not chosen for long must be measured anew.
    private const uint ExploreEvery = 32;

    private uint _turn;

    /// <summary>Operations so far, each once however often it was asked.</summary>
    public uint Turns => Volatile.Read(ref _turn);

    /// <summary>The connection to use; where there is no other than those tried, one of them; null where there is none.</summary>
    /// <param name="links">Of the pool.</param>
    /// <param name="structured">Needs a Latchkey key server.</param>
    /// <param name="asked">Those that have been asked for this operation; null: none.</param>
    public KeyServerConnection? Choose(ReadOnlySpan<KeyServerLink> links, bool structured, List<KeyServerConnection>? asked)
    {
        var turn = asked is null ? Interlocked.Increment(ref _turn) : Turns + (uint)asked.Count;
        if (links.Length == 1)
            return Usable(links[0], structured);
        Span<Candidate> healthy = stackalloc Candidate[MostCompared];
        var count = 0;
        var untilLeast = long.MaxValue;
        KeyServerConnection? ejected = null, tried = null;
        for (var i = 0; i < links.Length && count < MostCompared; i++)
        {
            var index = links.Length <= MostCompared ? i : (int)((turn + (uint)i) % (uint)links.Length);
            if (Usable(links[index], structured) is not { } connection)
                continue;
            var health = links[index].Standing.Health;
            if (asked?.Contains(connection) == true)
                tried = connection;
            else if (health.State == HealthState.Healthy)
                healthy[count++] = new Candidate { Link = index };
            else if (health.State == HealthState.Probation && health.TryBeginTrial())
                return connection;
            else if (health.EjectedUntil < untilLeast)
                (ejected, untilLeast) = (connection, health.EjectedUntil);
        }
        if (count == 0)
            return ejected ?? tried;
        var explores = turn % ExploreEvery == 0;
        var chosen = healthy[..count];
        if (count > 1 && options.Policy != BalancingPolicy.RoundRobin && !explores)
            chosen = chosen[..ServerScore.KeepBest(chosen, links, options)];
        var place = (explores ? turn / ExploreEvery : turn) % (uint)chosen.Length;
        // Its connection may have gone by now; then any other is right.
        return links[chosen[(int)place].Link].Connection ?? ejected ?? tried;
    }

    /// <summary>Whether there is one that has not been asked.</summary>
    public static bool HasAnother(ReadOnlySpan<KeyServerLink> links, bool structured, List<KeyServerConnection> asked)
    {
        foreach (var link in links)
        {
            if (Usable(link, structured) is { } connection && !asked.Contains(connection))
                return true;
        }
        return false;
    }

    private static KeyServerConnection? Usable(KeyServerLink link, bool structured) =>
        link.Connection is { Closed.IsCompleted: false } connection && !(structured && connection.Capabilities is null) ? connection : null;

    /// <summary>A healthy key server, by its index, and its score; less is better.</summary>
    internal struct Candidate
    {
        public int Link;
        public double Score;
    }
}
