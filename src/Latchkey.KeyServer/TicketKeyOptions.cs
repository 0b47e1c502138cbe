using Latchkey.Tickets;

namespace Latchkey.KeyServer;

/// <summary>How a key server comes by the keys that its ticket keys are derived from (catalogue T1–T3).</summary>
public sealed record TicketKeyOptions
{
    /// <summary>Whether it makes its own. Default true. Of no account beside <see cref="KeyServerOptions.SealingSecret"/>.</summary>
    public bool Generate { get; init; } = true;

    /// <summary>When keys are made, and how long they last.</summary>
    public TicketKeySchedule Schedule { get; init; } = TicketKeySchedule.Default;

    /// <summary>Names in <see cref="KeyServerOptions.KeyServers"/>: whose keys it holds beside its own. Default none.</summary>
    public IReadOnlyList<string> Peers { get; init; } = [];

    /// <summary>So long a start waits for what <see cref="Peers"/> have, at most: edges have had those keys for longer than any that is made now. Default 2 s.</summary>
    public TimeSpan PatienceWithPeers { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Who is given the keys: names of other key servers, as their certificates on the link have them. Whoever has these keys can open every ticket of every site here. Default nobody.</summary>
    public IReadOnlyList<string> SharedWith { get; init; } = [];
}
