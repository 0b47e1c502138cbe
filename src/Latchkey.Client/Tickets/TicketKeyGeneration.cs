using Latchkey.Client.Links;
using Latchkey.Wire;
using Latchkey.Wire.Operations;
using Microsoft.Extensions.Logging;

namespace Latchkey.Client.Tickets;

/// <summary>
/// The generation of one key server's ticket keys: a question is parked there that is answered when they have changed, and asked anew. In between it is asked without waiting, which tells
/// its clock.
/// </summary>
/// <param name="changed">Called at each change.</param>
/// <param name="lead">How long ahead its keys are made, for judging its clock; zero: not known.</param>
internal sealed class TicketKeyGeneration(KeyServerClient client, KeyServerEndPoint endPoint, Action changed, Func<TimeSpan> lead, ILogger logger)
{
    /// <summary>How long a question is parked. It does not hold the key server's clock to account more often than its clock needs, and less often than an operator looks.</summary>
    private static readonly TimeSpan Parking = TimeSpan.FromSeconds(30);

    /// <summary>Between two questions, whatever the key server answers: several changes at once are one.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Between changes that come one upon the other: an owner's key server should not be able to keep an edge busy that serves others, too.</summary>
    private static readonly TimeSpan LongestBetweenChanges = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time = client.Options.TimeProvider;
    private UInt128 _value;
    private volatile bool _isCurrent;

    /// <summary>The last one known; 0: none. It outlives connections: a key server that comes back with the same has the same keys.</summary>
    public UInt128 Value
    {
        get
        {
            lock (_gate)
                return _value;
        }

        private set
        {
            lock (_gate)
                _value = value;
        }
    }

    /// <summary>Whether the key server would say so if it changed.</summary>
    public bool IsCurrent => _isCurrent;

    /// <summary>The key server's clock against this machine's.</summary>
    public ClockSkew Skew { get; } = new(client.Options.Name, endPoint, logger);

    /// <summary>Follows until the connection ends, and has the keys asked for meanwhile.</summary>
    /// <param name="ask">Asks whenever the generation has changed, and ends when it is told to. What it throws is thrown here at once.</param>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    public async Task FollowAsync(KeyServerConnection connection, Func<KeyServerConnection, CancellationToken, Task> ask, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var following = Task.WhenAll(WatchedAsync(FollowAsync(connection, ending.Token)), WatchedAsync(ask(connection, ending.Token)));
        try
        {
            await connection.Closed.WaitAsync(ending.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // One of the two has failed.
        }
        finally
        {
            await ending.CancelAsync();
            await following;
        }

        // A connection may last for months: what fails must not be found out at its end only.
        async Task WatchedAsync(Task one)
        {
            try
            {
                await one;
            }
            catch
            {
                await ending.CancelAsync();
                throw;
            }
        }
    }

    private async Task FollowAsync(KeyServerConnection connection, CancellationToken cancellationToken)
    {
        if (connection.Capabilities is not { } peer || !peer.Features.HasFlag(PeerFeatures.FollowTicketKeys))
        {
            KeyServerClient.Log.GivesNoTicketKeys(logger, client.Options.Name, endPoint);
            return;
        }
        var (pause, pace) = (new Backoff(Pause), new Backoff(Pause));
        UInt128 known = 0;
        try
        {
            while (true)
            {
                var asked = _time.GetTimestamp();
                var followed = await AskAsync(connection, known, cancellationToken);
                if (followed is null)
                {
                    _isCurrent = false;
                    await Task.Delay(pause.Next(LongestPause), _time, cancellationToken);
                    continue;
                }
                _isCurrent = true;
                pause.Reset();
                if (followed != Value)
                {
                    Value = followed.Value;
                    changed();
                }
                if (_time.GetElapsedTime(asked) > LongestBetweenChanges)
                    pace.Reset();
                if (known != 0)
                    await Task.Delay(pace.Next(LongestBetweenChanges), _time, cancellationToken);
                // What is known is waited with; nothing, which is answered at once, is asked with in between.
                known = known == Value ? 0 : Value;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or KeyServerException)
        {
            // The connection has ended; the next one is followed.
        }
        finally
        {
            _isCurrent = false;
        }
    }

    /// <returns>null: no answer that can be used.</returns>
    private async ValueTask<UInt128?> AskAsync(KeyServerConnection connection, UInt128 known, CancellationToken cancellationToken)
    {
        var (began, asked) = (_time.GetUtcNow(), _time.GetTimestamp());
        try
        {
            var reply = await connection.FollowTicketKeysAsync(known, Parking, client.Options.RequestTimeout, cancellationToken);
            if (!reply.IsSuccess || !FollowTicketKeysReply.TryRead(reply.Payload.Span, out var followed))
                return null;
            if (known == 0)
                Skew.Measured(followed.Time, began + (_time.GetElapsedTime(asked) / 2), lead());
            return followed.Generation;
        }
        catch (KeyServerException e) when (e.Failure == KeyServerFailure.TimedOut)
        {
            return null;
        }
    }
}
