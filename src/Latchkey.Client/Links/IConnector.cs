namespace Latchkey.Client.Links;

/// <summary>How a link comes by its next connection.</summary>
internal interface IConnector
{
    /// <summary>Whether to wait a while after a failure. Who only waits for the other side to connect need not.</summary>
    bool PausesAfterFailure { get; }

    /// <exception cref="KeyServerException">There is none; the message says why.</exception>
    Task<KeyServerConnection> ConnectAsync(KeyServerConnectionOptions options, CancellationToken cancellationToken);
}

/// <summary>This side dials.</summary>
internal sealed class DiallingConnector(KeyServerEndPoint endPoint) : IConnector
{
    public bool PausesAfterFailure => true;

    public Task<KeyServerConnection> ConnectAsync(KeyServerConnectionOptions options, CancellationToken cancellationToken) =>
        KeyServerConnection.ConnectAsync(endPoint, options, cancellationToken);
}
