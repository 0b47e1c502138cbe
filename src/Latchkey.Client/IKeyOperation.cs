namespace Latchkey.Client;

/// <summary>An operation that can be sent again on another connection; implementations are structs, so that none is allocated.</summary>
internal interface IKeyOperation
{
    /// <summary>For logs, metrics and messages.</summary>
    string Name { get; }

    /// <summary>Needs a Latchkey key server.</summary>
    bool IsStructured { get; }

    ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken);
}
