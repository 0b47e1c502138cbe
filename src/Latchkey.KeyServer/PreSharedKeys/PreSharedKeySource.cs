using Latchkey.KeyServer.Policy;

namespace Latchkey.KeyServer.PreSharedKeys;

/// <summary>One entry of <c>preSharedKeys</c>: a file of keys that the owner shares with clients beforehand (catalogue G4).</summary>
public sealed class PreSharedKeySource
{
    /// <summary>Absolute path of a file with a line <c>identity:hexkey</c> for each key.</summary>
    public required string Path { get; init; }

    /// <summary>Names of the edges (<see cref="Admission.EdgeIdentity"/>) whose clients may use these keys; null for every admitted edge.</summary>
    public IReadOnlyList<string>? AllowedEdges { get; init; }

    /// <summary>Host names of the sites that these keys are for, which must be in certificates of the sites' private keys too; null for every site that accepts such keys.</summary>
    public NamePatterns? Names { get; init; }
}
