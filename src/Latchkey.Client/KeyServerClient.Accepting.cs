using System.Net;
using System.Net.Sockets;
using Latchkey.Client.Links;
using Latchkey.Tls.Clients;

namespace Latchkey.Client;

public sealed partial class KeyServerClient
{
    private volatile RevocationLists? _revocation;

    /// <summary>The authorities' revocation lists; null: revocation is not looked at. Setting it closes the connections of key servers that are on them.</summary>
    public RevocationLists? Revocation
    {
        get => _revocation;
        set
        {
            _revocation = value;
            Interlocked.MemoryBarrier(); // set before looking: a connection that is not seen here sees the lists
            Array.ForEach(_links ?? [], link => link.RefuseIfRevoked());
        }
    }

    /// <summary>
    /// Another client takes the place of this one: lets go of the key servers that had connected, each of which has one connection only, so that they connect to
    /// the other.
    /// </summary>
    /// <param name="patience">For what is being asked.</param>
    public Task RetireAcceptedAsync(TimeSpan patience) =>
        Task.WhenAll(_links.Where(link => link.Connector is AcceptingConnector).Select(link => link.RetireAsync(patience)));

    /// <summary>Lets in a key server that has connected (L5), if it is one of those that may and has no connection yet.</summary>
    /// <param name="socket">Owned from now on.</param>
    /// <returns>null: it is in; otherwise why not.</returns>
    internal async Task<string?> AcceptAsync(Socket socket, CancellationToken cancellationToken)
    {
        KeyServerConnection connection;
        try
        {
            connection = await KeyServerConnection.AcceptAsync(socket, Options.Accept!.Names, Options.ForConnections(Revocation), cancellationToken);
        }
        catch (KeyServerException e)
        {
            _metrics.TurnedAway(e.Failure == KeyServerFailure.NotAuthenticated ? "tls" : "failed");
            return e.Message;
        }
        foreach (var name in connection.Names)
        {
            if (await TryAttachAsync(_links.First(link => link.EndPoint.Port == KeyServerEndPoint.DialsIn && link.EndPoint.Host == name), connection, cancellationToken))
                return null;
        }
        await connection.DisposeAsync();
        _metrics.TurnedAway("connected");
        return $"key server {connection.EndPoint} is connected already; each key server needs a name of its own.";
    }

    internal void TurnedAway(string kind, IPEndPoint peer, string reason, LogThrottle throttle)
    {
        _metrics.TurnedAway(kind);
        if (throttle.Allows())
            Log.TurnedAway(_logger, Options.Name, peer.ToString(), reason);
    }

    internal void AcceptingOn(IPEndPoint endPoint) => Log.Accepting(_logger, Options.Name, endPoint, string.Join(", ", Options.Accept!.Names));

    // Where the network between has gone, the old connection looks alive here long after the key server has given it up: it must prove to be.
    private async Task<bool> TryAttachAsync(KeyServerLink link, KeyServerConnection connection, CancellationToken cancellationToken)
    {
        if (link.Connection is { Closed.IsCompleted: false } present)
        {
            try
            {
                await present.PingAsync([], Options.SilenceLimit, cancellationToken).WholeAsync(cancellationToken);
                return false;
            }
            catch (KeyServerException)
            {
                present.Refuse($"Key server {link.EndPoint} has connected anew.");
            }
        }
        return !_stopping.IsCancellationRequested && ((AcceptingConnector)link.Connector).TryOffer(connection);
    }

    private async Task CloseAcceptingAsync()
    {
        foreach (var link in _links)
        {
            if (link.Connector is AcceptingConnector accepting && accepting.Close() is { } waiting)
                await waiting.DisposeAsync();
        }
    }
}
