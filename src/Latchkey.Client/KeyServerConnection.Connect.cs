using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Latchkey.Client.Links;
using Latchkey.Wire;

namespace Latchkey.Client;

public sealed partial class KeyServerConnection
{
    /// <summary>
    /// Connects, authenticates both sides, and finds out whether the key server is a Latchkey one: the first request is
    /// <see cref="Opcode.Capabilities"/>, which a foreign server answers with error 05.
    /// </summary>
    /// <exception cref="KeyServerException">Unreachable, not authenticated, or not a key server; the message says which and why.</exception>
    public static async Task<KeyServerConnection> ConnectAsync(KeyServerEndPoint endPoint, KeyServerConnectionOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(options);
        return await WithinAsync(endPoint.ToString(), options, async token =>
        {
            var socket = await DialAsync(endPoint, options, token);
            return await OpenAsync(socket, endPoint.ToString(), [endPoint.Host], _ => endPoint, options, token);
        }, cancellationToken);
    }

    /// <summary>The same with a key server that has connected to this side (catalogue L5); in TLS it is the server all the same.</summary>
    /// <param name="socket">Owned from now on.</param>
    /// <param name="names">The key servers that may connect; <see cref="EndPoint"/> becomes the one that its certificate names.</param>
    /// <exception cref="KeyServerException">Not authenticated, or not a key server; the message says which and why.</exception>
    internal static Task<KeyServerConnection> AcceptAsync(Socket socket, IReadOnlyList<string> names, KeyServerConnectionOptions options, CancellationToken cancellationToken)
    {
        var peer = socket.RemoteEndPoint?.ToString() ?? "";
        return WithinAsync(peer, options, token => OpenAsync(socket, peer, names, proven => new KeyServerEndPoint(proven, KeyServerEndPoint.DialsIn), options, token), cancellationToken);
    }

    private static async Task<KeyServerConnection> WithinAsync(string peer, KeyServerConnectionOptions options, Func<CancellationToken, Task<KeyServerConnection>> open, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await open(either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new KeyServerException($"Key server {peer} did not answer within {options.ConnectTimeout.TotalSeconds:0.##} s.", KeyServerFailure.Unreachable, e);
        }
    }

    private static async Task<KeyServerConnection> OpenAsync(
        Socket socket, string peer, IReadOnlyList<string> hosts, Func<string, KeyServerEndPoint> endPointOf, KeyServerConnectionOptions options, CancellationToken cancellationToken)
    {
        var identity = new KeyServerIdentity(hosts, options);
        var stream = await AuthenticateAsync(socket, peer, identity, options, cancellationToken);
        var connection = new KeyServerConnection(endPointOf(identity.Proven[0]), stream, options) { Names = identity.Proven, PeerChain = identity.Chain };
        connection.StartLoops();
        try
        {
            await connection.GreetAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task<Socket> DialAsync(KeyServerEndPoint endPoint, KeyServerConnectionOptions options, CancellationToken cancellationToken)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.TieTo(options.BindInterface);
            await socket.ConnectAsync(endPoint.ToEndPoint(), cancellationToken);
            return socket;
        }
        catch (Exception e)
        {
            socket?.Dispose();
            throw e switch
            {
                SocketException { SocketErrorCode: SocketError.OperationAborted } when cancellationToken.IsCancellationRequested =>
                    new OperationCanceledException(e.Message, e, cancellationToken),
                SocketException => new KeyServerException($"Key server {endPoint} is unreachable: {e.Message}.", KeyServerFailure.Unreachable, e),
                _ => e,
            };
        }
    }

    private static async Task<SslStream> AuthenticateAsync(Socket socket, string peer, KeyServerIdentity identity, KeyServerConnectionOptions options, CancellationToken cancellationToken)
    {
        SslStream? stream = null;
        try
        {
            stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsClientAsync(identity.ClientOptions(), cancellationToken);
            return stream;
        }
        catch (Exception e)
        {
            if (stream is not null)
                await stream.DisposeAsync();
            socket.Dispose();
            throw e switch
            {
                OperationCanceledException => e,
                AuthenticationException when identity.Refusal is not null =>
                    new KeyServerException($"The certificate of key server {peer} is not accepted: {identity.Refusal}.", KeyServerFailure.NotAuthenticated, e),
                AuthenticationException => new KeyServerException(
                    $"The TLS handshake with key server {peer} failed: {e.InnerException?.Message ?? e.Message}", KeyServerFailure.NotAuthenticated, e),
                // No alert, only an end: so does a load balancer or proxy whose key server is away, and it may be back at any moment.
                IOException => new KeyServerException(
                    $"Key server {peer} ended the TLS handshake: {e.Message} It is away, or does not accept this edge's certificate ({options.Certificate.Subject}).",
                    KeyServerFailure.Unreachable, e),
                _ => new KeyServerException($"The connection to key server {peer} could not be made: {e.Message}", KeyServerFailure.NotAuthenticated, e),
            };
        }
    }

    private async Task GreetAsync(CancellationToken cancellationToken)
    {
        if (!_options.Negotiate)
            return;
        var own = new PeerCapabilities(PeerCapabilities.CurrentVersion,
            PeerFeatures.SignServerKeyExchange | PeerFeatures.SignCertificateVerify | PeerFeatures.DeriveRsaMasterSecret | PeerFeatures.Load);
        KeylessReply reply;
        try
        {
            reply = await RequestAsync(new OutgoingItems(Opcode.Capabilities) { Capabilities = own.Write(new byte[PeerCapabilities.Size]) },
                secret: false, _options.ConnectTimeout, cancellationToken);
        }
        catch (KeyServerException e) when (e.Failure == KeyServerFailure.Disconnected)
        {
            // In TLS 1.3 the client is done before the server has seen the client's certificate (RFC 8446 §4.4.2.4, appendix E.1.2):
            // its refusal arrives as the end of a connection that had seemed to be established.
            throw new KeyServerException(
                $"Key server {EndPoint} closed the connection right after the TLS handshake; it may not accept this edge's certificate ({_options.Certificate.Subject}). {e.Message}",
                KeyServerFailure.NotAuthenticated, e);
        }
        if (reply.IsSuccess && PeerCapabilities.TryRead(reply.Payload.Span, out var capabilities))
            Capabilities = capabilities;
    }
}
