using Latchkey.Client;
using Latchkey.Client.Links;
using Latchkey.Client.Tickets;
using Latchkey.KeyServer.Operations;
using Latchkey.Tickets;
using Latchkey.Wire;
using Latchkey.Wire.Operations;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Roots;

/// <summary>
/// One other key server whose roots are held here beside its own (T3): a question is parked there (operation 52), and where its roots have changed it is asked for them (53).
/// Neither leads: each makes its own keys, and a cut between them costs full handshakes at most.
/// </summary>
internal sealed class TicketKeyPeer
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(30);

    /// <summary>An on-demand connection is made so often; others stay.</summary>
    private static readonly TimeSpan LongestAbsence = TimeSpan.FromMinutes(5);

    private readonly string _name;
    private readonly KeyServerClient _client;
    private readonly KeyServerLink _link;
    private readonly TicketKeyDaemon _daemon;
    private readonly TicketKeyGeneration _generation;
    private readonly ILogger _log;
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ChangeSignal _changed = new();
    private UInt128 _learned;
    private volatile string? _failure;
    private long _lastGave;

    /// <param name="name">As the configuration calls it.</param>
    /// <param name="client">Lent, and started.</param>
    /// <param name="link">One of the client's.</param>
    public TicketKeyPeer(string name, KeyServerClient client, KeyServerLink link, TicketKeyDaemon daemon, ILogger log)
    {
        _name = name;
        _client = client;
        _link = link;
        _daemon = daemon;
        _log = log;
        _generation = new TicketKeyGeneration(client, link.EndPoint, _changed.Give, () => daemon.Schedule.Lead, log);
    }

    /// <summary>Ends when it has given what it has, or cannot be asked now.</summary>
    public Task Answered => _answered.Task;

    public TicketKeyPeerStatus Status => new(
        _name,
        _link.EndPoint.ToString(),
        _generation.IsCurrent,
        Volatile.Read(ref _lastGave) is var ticks and not 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null,
        _link.Failure?.Message ?? _failure,
        _generation.Skew.Value?.TotalSeconds);

    /// <summary>Until it is told to stop. Does not throw.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await _generation.FollowAsync(await ConnectedAsync(cancellationToken), LearnAsync, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                _log.PeerFailed(_name, _link.EndPoint.ToString(), e);
                await Task.Delay(LastRetry, _daemon.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<KeyServerConnection> ConnectedAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var changed = _client.NextChange; // taken before looking, so that no change is missed
            if (_link.Connection is { Closed.IsCompleted: false } connection)
                return connection;
            if (!_answered.Task.IsCompleted)
                _link.Want();
            await Task.WhenAny(changed, Task.Delay(LongestAbsence, _daemon.Time, cancellationToken));
            // An attempt of today has failed, not only one before the peer was there.
            if (changed.IsCompleted && _link is { Connection: null, Failure: not null })
                _answered.TrySetResult();
            _link.Want();
        }
    }

    private async Task LearnAsync(KeyServerConnection connection, CancellationToken cancellationToken)
    {
        var retry = new Backoff(FirstRetry);
        try
        {
            while (true)
            {
                var changed = _changed.Next; // taken before looking
                var generation = _generation.Value;
                if (generation == _learned)
                {
                    await changed.WaitAsync(cancellationToken);
                    continue;
                }
                if (await AskAsync(connection, cancellationToken) is { } failure)
                {
                    Failed(failure);
                    await Task.Delay(retry.Next(LastRetry), _daemon.Time, cancellationToken);
                    continue;
                }
                retry.Reset();
                _failure = null;
                _learned = generation;
                Volatile.Write(ref _lastGave, _daemon.Time.GetUtcNow().UtcTicks);
                _answered.TrySetResult();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or KeyServerException)
        {
            // The connection has ended; the next one is asked.
        }
    }

    /// <returns>Why it gave none; null: it did.</returns>
    private async ValueTask<string?> AskAsync(KeyServerConnection connection, CancellationToken cancellationToken)
    {
        KeylessReply reply;
        try
        {
            reply = await connection.ShareTicketKeyRootsAsync(_client.Options.RequestTimeout, cancellationToken).WholeAsync(cancellationToken);
        }
        catch (KeyServerException e) when (e.Failure == KeyServerFailure.TimedOut)
        {
            return "it did not answer in time."; // the connection goes on, and so must this
        }
        catch (KeyServerException e) when (e.Failure == KeyServerFailure.ProtocolViolation && !connection.Closed.IsCompleted)
        {
            return e.Message;
        }
        using var encoded = reply.Secret;
        if (!reply.IsSuccess || encoded is null)
            return reply.Error == KeylessError.KeyNotFound ? "this key server is not among its ticketKeys.sharedWith." : $"error {reply.Error}.";
        if (EncodedTicketKey.TryReadAll(encoded.Span) is not { } roots)
            return "its answer is malformed.";
        var (taken, left) = _daemon.Learn(_name, roots);
        if (taken > 0)
            _log.RootsLearned(_name, _link.EndPoint.ToString(), taken, _daemon.InUse().Count());
        if (left > 0)
            _log.RootsLeft(_name, _link.EndPoint.ToString(), left);
        return null;
    }

    private void Failed(string failure)
    {
        _answered.TrySetResult();
        if (_failure == failure)
            return;
        _failure = failure;
        _log.RootsRefused(_name, _link.EndPoint.ToString(), failure);
    }
}
