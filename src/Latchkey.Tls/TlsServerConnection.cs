using System.IO.Pipelines;

namespace Latchkey.Tls;

/// <summary>The server side of one TLS connection after its handshake.</summary>
public sealed class TlsServerConnection : IAsyncDisposable
{
    private TlsServerConnection(TlsHandshakeInfo info, IDuplexPipe application)
    {
        Info = info;
        Application = application;
    }

    /// <summary>
    /// Conducts the handshake over <paramref name="transport"/>. On failure the alert has been sent (where there is one) before
    /// the exception is thrown; the transport stays the caller's to close.
    /// </summary>
    /// <exception cref="Alerts.TlsException">The handshake failed; the type tells whose fault it was.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled (not the handshake timeout, which is a TlsException).</exception>
    public static ValueTask<TlsServerConnection> AcceptAsync(IDuplexPipe transport, TlsServerOptions options, TlsEndPoints endPoints, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>What was agreed.</summary>
    public TlsHandshakeInfo Info { get; }

    /// <summary>
    /// Plaintext both ways. Input ends at close_notify and throws <see cref="Alerts.PeerClosedException"/> on truncation. Completing
    /// Output sends close_notify and leaves Input open (half-close, RFC 8446 §6.1).
    /// </summary>
    public IDuplexPipe Application { get; }

    /// <summary>Sends close_notify if that has not been done, zeroes the keys. Does not close the transport.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
