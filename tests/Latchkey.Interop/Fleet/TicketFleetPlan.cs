namespace Latchkey.Interop.Fleet;

/// <summary>What a fleet that shares its ticket keys consists of: two key servers, <c>a</c> and <c>b</c>, and edges.</summary>
internal sealed record TicketFleetPlan
{
    /// <summary>One edge for each: how far its clock is ahead of the key servers' (with a clock of its own: <see cref="Clock"/>), and which key servers it has.</summary>
    public IReadOnlyList<(TimeSpan Ahead, string KeyServers)> Edges { get; init; } = [(TimeSpan.Zero, "ab"), (TimeSpan.Zero, "ab"), (TimeSpan.Zero, "ab")];

    /// <summary>Seconds that a key seals for.</summary>
    public int Period { get; init; } = 3600;

    /// <summary>Seconds that the next key is made ahead.</summary>
    public int Lead { get; init; } = 3600;

    /// <summary>Seconds that a key opens for after it has sealed.</summary>
    public int Open { get; init; } = 86_400;

    /// <summary>Another clock for all processes; null: the machine's.</summary>
    public FastClock? Clock { get; init; }

    /// <summary>Whether the key servers exchange their keys.</summary>
    public bool Peers { get; init; } = true;

    /// <summary>Whether the processes are started with no limit on the size of core files.</summary>
    public bool AllowsCores { get; init; }
}
