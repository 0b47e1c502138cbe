using Latchkey.Tickets;

namespace Latchkey.TicketExport;

/// <summary>What a server is to be given at one moment.</summary>
/// <param name="Keys">In the server's order; lent.</param>
/// <param name="IsShared">Whether the fleet has the one that seals; else it is a random one that nobody else has.</param>
internal sealed record TicketKeySet(IReadOnlyList<TicketKey> Keys, bool IsShared)
{
    /// <summary>Whether a server that has the other one needs this one.</summary>
    public bool Differs(TicketKeySet? other) =>
        other is null || !Keys.Select(NameOf).SequenceEqual(other.Keys.Select(NameOf), StringComparer.Ordinal);

    // Names travel in clear: nothing secret.
    private static string NameOf(TicketKey key) => Convert.ToHexString(key.Name.Span);
}
