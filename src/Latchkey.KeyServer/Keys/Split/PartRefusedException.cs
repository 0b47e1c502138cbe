using Latchkey.Wire;

namespace Latchkey.KeyServer.Keys.Split;

/// <summary>A split key cannot be joined for an operation. The message, for the log, names whose part is to blame.</summary>
internal sealed class PartRefusedException(KeylessError error, string message) : Exception(message)
{
    /// <summary>What the edge is told.</summary>
    public KeylessError Error { get; } = error;
}
