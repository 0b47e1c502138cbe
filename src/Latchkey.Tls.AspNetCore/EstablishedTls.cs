using System.IO.Pipelines;

namespace Latchkey.Tls.AspNetCore;

/// <summary>A connection past its handshake, as the middleware needs it.</summary>
internal abstract class EstablishedTls : IAsyncDisposable
{
    public abstract TlsHandshakeInfo Info { get; }

    public abstract IDuplexPipe Application { get; }

    /// <summary>See <see cref="TlsServerConnection.IsHandshakeOver"/>.</summary>
    public virtual bool IsHandshakeOver => true;

    /// <summary>Sends close_notify, zeroes the keys, leaves the transport open.</summary>
    public abstract ValueTask DisposeAsync();
}

/// <summary>Conducts a handshake; the tests put each culprit's failure here.</summary>
internal delegate ValueTask<EstablishedTls> TlsAcceptor(IDuplexPipe transport, TlsEndPoints endPoints, CancellationToken cancellationToken);

/// <summary>The engine's connection.</summary>
internal sealed class EngineTls(TlsServerConnection connection) : EstablishedTls
{
    public static TlsAcceptor Acceptor(TlsServerOptions options) => async (transport, endPoints, cancellationToken) =>
        new EngineTls(await TlsServerConnection.AcceptAsync(transport, options, endPoints, cancellationToken));

    public override TlsHandshakeInfo Info => connection.Info;

    public override IDuplexPipe Application => connection.Application;

    public override bool IsHandshakeOver => connection.IsHandshakeOver;

    public override ValueTask DisposeAsync() => connection.DisposeAsync();
}
