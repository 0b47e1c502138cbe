namespace Latchkey.KeyServer.Policy;

/// <summary>
/// Decides whether an edge may do an operation with a key. A refusal reaches the edge as "key not found", exactly as a key that
/// does not exist, so that keys cannot be probed for (attacks 13, 14). Called once for every request, on several threads: it must be quick,
/// must not wait, and asking it must change nothing.
/// </summary>
public interface IKeyPolicy
{
    /// <summary>Whether it may, and why not.</summary>
    KeyDecision Decide(in KeyUse use);
}
