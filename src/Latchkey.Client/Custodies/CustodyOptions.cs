namespace Latchkey.Client.Custodies;

/// <summary>What some custodies can be told; those it does not concern ignore it.</summary>
public sealed record CustodyOptions
{
    /// <summary>Custody <c>exchange</c>: the key server hands over its ephemeral private value with the signature, so that no second question is needed (K3a).</summary>
    public bool HandOverPrivateValue { get; init; }
}
