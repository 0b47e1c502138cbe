using Latchkey.Wire;

namespace Latchkey.KeyServer.Policy;

/// <summary>
/// What the configuration's <c>keys</c> entries say: raw operations (X4, attack 3) and ticket keys (R5, attack 9) only where named, and only the edges listed where there
/// is a list (attack 13).
/// </summary>
public sealed class KeySourcePolicy : IKeyPolicy
{
    /// <summary>It has no state.</summary>
    public static KeySourcePolicy Instance { get; } = new();

    /// <inheritdoc/>
    public bool Allows(in KeyUse use)
    {
        if (use.Operation.IsRaw() && !use.Source.RawOperations)
            return false;
        if (use.Operation == Opcode.TicketKeys && !use.Source.TicketKeys)
            return false;
        if (use.Source.AllowedEdges is not { } edges)
            return true;
        foreach (var edge in edges)
            if (use.Edge.Answers(edge))
                return true;
        return false;
    }
}
