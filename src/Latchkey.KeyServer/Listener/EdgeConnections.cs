using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Latchkey.Client.Links;
using Latchkey.KeyServer.Admission;
using Latchkey.KeyServer.Relay;
using Latchkey.KeyServer.Work;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Listener;

/// <summary>
/// The connections of edges, whoever dialled: has each admitted, serves it, and knows all that are open. In TLS the edge is the client and the key server the server
/// either way.
/// </summary>
internal sealed class EdgeConnections : IDisposable
{
    private static readonly TimeSpan Check = TimeSpan.FromSeconds(1);

    private readonly CurrentOptions _options;
    private readonly RequestIntake _intake;
    private readonly KeyServerMetrics _metrics;
    private readonly ILogger _log;
    private readonly LogThrottle _notAdmitted;
    private readonly ConcurrentDictionary<Socket, Task> _open = new();
    private readonly ConcurrentDictionary<EdgeConnection, bool> _admitted = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ITimer _check;
    private volatile LinkTerms? _terms;

    public EdgeConnections(CurrentOptions options, RequestIntake intake, KeyServerMetrics metrics, ILogger log)
    {
        _options = options;
        _intake = intake;
        _metrics = metrics;
        _log = log;
        _notAdmitted = new LogThrottle(options.Value.TimeProvider);
        Handshakes = new HandshakePlaces(options.Limits.RelayedHandshakes);
        _check = options.Value.TimeProvider.CreateTimer(_ => EndOverdue(options.Limits.IdleTimeout), null, Check, Check);
    }

    /// <summary>The terms in force; known once <see cref="Apply"/> has been called.</summary>
    public LinkTerms Terms => _terms ?? throw new InvalidOperationException("The key server has not been started.");

    /// <summary>Whether there are terms.</summary>
    public bool HasTerms => _terms is not null;

    /// <summary>Places of relayed handshakes.</summary>
    public HandshakePlaces Handshakes { get; }

    /// <summary>Those that have been admitted.</summary>
    public IEnumerable<EdgeConnection> Admitted => _admitted.Keys;

    /// <summary>How many have been admitted.</summary>
    public int Count => _admitted.Count;

    /// <summary>Those whose handshake is under way included.</summary>
    public int OpenCount => _open.Count;

    /// <summary>Takes terms into force: they judge who comes from now on, and whom they refuse of those that are here is cut off at once.</summary>
    public void Apply(LinkTerms terms)
    {
        _terms = terms;
        Handshakes.Limit = _options.Limits.RelayedHandshakes;
        foreach (var connection in Admitted)
        {
            if ((Refusal(connection, terms) ?? NotVouched(connection, terms)) is { } refusal)
                CutOff(connection, refusal);
        }
    }

    /// <summary>Admits who is at the other end and serves it. The task ends with the connection and does not fail.</summary>
    /// <param name="socket">Owned from now on.</param>
    /// <param name="expected">Whom the key server dialled; null: it was not the key server that dialled.</param>
    /// <param name="admissionEnded">Called once, whatever the outcome.</param>
    /// <param name="admitted">Called once it has been admitted.</param>
    /// <returns>null: it was admitted, and has ended; otherwise why not.</returns>
    public Task<string?> ServeAsync(Socket socket, DialTarget? expected, Action admissionEnded, Action? admitted = null)
    {
        // Registered before it runs, so that it can take itself off when it ends at once.
        var start = new TaskCompletionSource();
        var serving = ServeAsync(socket, expected, admissionEnded, admitted, start.Task);
        _open[socket] = serving;
        start.SetResult();
        return serving;
    }

    /// <summary>Lets every connection answer what it has, and waits for them; the token breaks what is left. No socket may come in any more.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _check.DisposeAsync();
        foreach (var connection in Admitted)
            connection.BeginClose("the key server is stopping");
        try
        {
            await Task.WhenAll(_open.Values).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            foreach (var socket in _open.Keys)
                socket.Dispose();
            foreach (var connection in Admitted)
                connection.Break("the key server stopped");
            await Task.WhenAll(_open.Values);
        }
    }

    public void Dispose()
    {
        _check.Dispose();
        _stopping.Dispose();
    }

    private async Task<string?> ServeAsync(Socket socket, DialTarget? expected, Action admissionEnded, Action? admitted, Task registered)
    {
        await registered.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var isAdmitted = false;
        try
        {
            await using var stream = Open(socket);
            AdmittedEdge? edge;
            string? refusal;
            var terms = Terms;
            try
            {
                (edge, refusal) = stream is null ? (null, "the peer left") : await AdmitAsync(socket, stream, terms, expected);
            }
            finally
            {
                admissionEnded();
            }
            if (edge is null)
                return refusal;
            isAdmitted = true;
            admitted?.Invoke();
            await ServeAsync(socket, stream!, edge, terms, expected is not null);
            return null;
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // The peer left while its connection was being closed.
            return isAdmitted ? null : e.Message;
        }
        catch (Exception e)
        {
            _log.ConnectionFailed("(not admitted)", e);
            return isAdmitted ? null : "internal failure";
        }
        finally
        {
            _open.TryRemove(socket, out _);
            socket.Dispose();
        }
    }

    // A peer that leaves between accept and here is no failure of ours.
    private static SslStream? Open(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            return new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            return null;
        }
    }

    private async Task<(AdmittedEdge?, string?)> AdmitAsync(Socket socket, SslStream stream, LinkTerms terms, DialTarget? expected)
    {
        var peer = socket.PeerOrNull();
        using var timeout = new CancellationTokenSource(_options.Limits.HandshakeTimeout, _options.Value.TimeProvider);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stopping.Token);
        try
        {
            var edge = await terms.Admission.AdmitAsync(stream, patience.Token);
            if (expected?.Name is { } name && !edge.Identity.Answers(name))
                throw new NotAdmittedException(new Refusal("name", $"the edge at {expected.Edge} is '{edge.Identity.Name}', not '{name}'"));
            return (edge, null);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            var reason = e is OperationCanceledException ? "the handshake took too long." : (e.InnerException ?? e).Message;
            _metrics.TurnedAway(e switch { OperationCanceledException => "timeout", NotAdmittedException refused => refused.Refusal.Kind, _ => "tls" });
            if (_notAdmitted.Allows())
                _log.NotAdmitted(peer, reason);
            return (null, reason);
        }
    }

    private async Task ServeAsync(Socket socket, SslStream stream, AdmittedEdge edge, LinkTerms admittedBy, bool dialled)
    {
        var connection = new EdgeConnection(socket, stream, edge, dialled, _intake, Handshakes, _options, _options.Value.TimeProvider, _metrics, _log);
        _admitted[connection] = true;
        try
        {
            // Stopping and new terms look at the admitted once: who is admitted after that look is looked at here.
            if (_stopping.IsCancellationRequested)
                connection.BeginClose("the key server is stopping");
            var terms = Terms;
            if ((Refusal(connection, terms) ?? (terms == admittedBy ? null : NotVouched(connection, terms))) is { } refusal)
                CutOff(connection, refusal);
            await connection.RunAsync();
        }
        finally
        {
            _admitted.TryRemove(connection, out _);
        }
    }

    private static Refusal? Refusal(EdgeConnection connection, LinkTerms terms)
    {
        if (!connection.IsDialled && connection.Peer is IPEndPoint peer && !terms.Addresses.Allows(peer.Address))
            return new Refusal("address", $"{peer.Address} may not connect");
        return terms.Admission.WhyNot(connection.Admitted);
    }

    private static Refusal? NotVouched(EdgeConnection connection, LinkTerms terms) => terms.Admission.Vouches(connection.Admitted)
        ? null
        : new Refusal("authority", $"no authority of today vouches for {connection.Admitted.Chain[0].Subject}");

    // At once, without the drain that others get: no request of one that may not be here is worth an answer (attack 10).
    private void CutOff(EdgeConnection connection, Refusal refusal)
    {
        if (connection.IsBroken)
            return;
        _metrics.CutOff(refusal.Kind);
        _log.CutOff(connection.Edge.Name, connection.Peer, refusal.Reason);
        connection.Break(refusal.Reason);
    }

    private void EndOverdue(TimeSpan silence)
    {
        if (_terms is not { } terms)
            return;
        foreach (var connection in Admitted)
        {
            connection.Handshakes.EndOverdue();
            // Certificates expire, and revocation lists go out of date, while a connection lasts.
            if (terms.Admission.WhyNot(connection.Admitted) is { } refusal)
                CutOff(connection, refusal);
            else if (silence > TimeSpan.Zero)
                connection.CloseIfIdle(silence);
        }
    }
}
