using Latchkey.Crypto;
using Latchkey.KeyServer.Admission;

namespace Latchkey.KeyServer.Policy;

/// <summary>What an operator wants to know of the rules in force: see <see cref="KeyServer.Explain"/>.</summary>
public sealed record PolicyQuestion
{
    /// <summary>Who would ask.</summary>
    public required EdgeIdentity Edge { get; init; }

    /// <summary>Which keys: a file or its name, an SKI or the beginning of one, a name in a certificate; null: all.</summary>
    public string? Key { get; init; }

    /// <summary>For which host; null: the first in each key's certificates that is no pattern.</summary>
    public string? Name { get; init; }

    /// <summary>What would be done; null: each operation for itself.</summary>
    public KeyOperations? Operation { get; init; }

    /// <summary>By which scheme; null: one that is allowed.</summary>
    public SignatureScheme? Scheme { get; init; }

    /// <summary>What the edge would hold; null: the least that the operation gives.</summary>
    public KeyCustody? Custody { get; init; }
}

/// <summary>One line of an answer.</summary>
/// <param name="Key">The key's file or URI.</param>
/// <param name="Name">The host.</param>
/// <param name="Operation">What would be done.</param>
/// <param name="IsAllowed">Whether it may.</param>
/// <param name="Reason">By which rule, or why not.</param>
public sealed record PolicyAnswer(string Key, string Name, KeyOperations Operation, bool IsAllowed, string Reason);
