using System.Threading.Channels;

namespace Latchkey.Client.Links;

/// <summary>A link whose key server dials (catalogue L5): its connections come from <see cref="KeyServerListener"/>.</summary>
internal sealed class AcceptingConnector(KeyServerEndPoint endPoint) : IConnector
{
    private readonly Channel<KeyServerConnection> _offered = Channel.CreateBounded<KeyServerConnection>(1);

    public bool PausesAfterFailure => false;

    /// <summary>Hands over a connection that has been authenticated; false: one is waiting to be taken already.</summary>
    public bool TryOffer(KeyServerConnection connection) => _offered.Writer.TryWrite(connection);

    /// <summary>Takes none any more, and gives back the one that was waiting.</summary>
    public KeyServerConnection? Close()
    {
        _offered.Writer.TryComplete();
        return _offered.Reader.TryRead(out var waiting) ? waiting : null;
    }

    /// <summary>Waits as long as this side would try to connect.</summary>
    public async Task<KeyServerConnection> ConnectAsync(KeyServerConnectionOptions options, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            while (true)
            {
                var connection = await _offered.Reader.ReadAsync(either.Token);
                if (!connection.Closed.IsCompleted)
                    return connection;
                await connection.DisposeAsync();
            }
        }
        catch (ChannelClosedException e)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new KeyServerException($"Key server {endPoint} has not connected to this edge.", KeyServerFailure.Unreachable);
        }
    }
}
