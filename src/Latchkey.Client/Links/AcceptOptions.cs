namespace Latchkey.Client.Links;

/// <summary>Key servers that connect to the edge (catalogue L5).</summary>
public sealed record AcceptOptions
{
    /// <summary>The key servers, each by a DNS name or an IP address in its certificate; at least one. Each has one connection at most.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Addresses that may connect (L2). Default any.</summary>
    public AddressRules Addresses { get; init; } = AddressRules.Any;
}
