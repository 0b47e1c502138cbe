using Latchkey.Crypto;
using Latchkey.KeyServer.Admission;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Policy;

/// <summary>
/// Decides whether an edge may do an operation with a key. A refusal reaches the edge as "key not found", exactly as a key that
/// does not exist, so that keys cannot be probed for (attacks 13, 14). Called once for every request, on several threads: it must be quick
/// and must not wait.
/// </summary>
public interface IKeyPolicy
{
    /// <summary>Whether it may.</summary>
    bool Allows(in KeyUse use);
}

/// <summary>One intended use of a key.</summary>
public readonly ref struct KeyUse(EdgeIdentity edge, Opcode operation, KeySource source, KeyAlgorithm algorithm, IReadOnlyList<string> names, ReadOnlySpan<byte> serverName)
{
    /// <summary>Who asks.</summary>
    public EdgeIdentity Edge { get; } = edge;

    /// <summary>For what.</summary>
    public Opcode Operation { get; } = operation;

    /// <summary>The configuration's entry that the key came from.</summary>
    public KeySource Source { get; } = source;

    /// <summary>The kind of key.</summary>
    public KeyAlgorithm Algorithm { get; } = algorithm;

    /// <summary>DNS names of the certificates found for the key.</summary>
    public IReadOnlyList<string> Names { get; } = names;

    /// <summary>SNI as the edge reports it: text, not checked; empty where it reports none.</summary>
    public ReadOnlySpan<byte> ServerName { get; } = serverName;
}
