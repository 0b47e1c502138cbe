namespace Latchkey.Client;

/// <summary>An operation that can be sent again on another connection; implementations are structs, so that none is allocated.</summary>
internal interface IKeyOperation
{
    /// <summary>For logs, metrics and messages.</summary>
    string Name { get; }

    /// <summary>Needs a Latchkey key server.</summary>
    bool IsStructured { get; }

    /// <summary>Whether it may be under way at two key servers at once.</summary>
    bool MayRace => true;

    ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>
    /// What is wrong with a success; null: nothing, it may be used. Checked here, where another key server can still be asked and this one be left alone (attack 16).
    /// </summary>
    /// <remarks>Structs write it out even where it is null: called on the default of an interface, they would be copied to the heap.</remarks>
    string? Fault(in KeylessReply reply) => null;
}
