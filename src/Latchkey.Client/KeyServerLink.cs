using Latchkey.Client.Balancing;
using Microsoft.Extensions.Logging;

namespace Latchkey.Client;

/// <summary>Keeps one key server connected: connects, waits for the end of the connection, connects again.</summary>
internal sealed class KeyServerLink(KeyServerEndPoint endPoint, KeyServerClientOptions options, ClientMetrics metrics, ILogger logger, Action changed, ServerStanding standing, Action probed)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    // "Started again: handshakes work within a second."
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);
    // A certificate that is not accepted does not become so by itself, and each attempt costs the key server a handshake.
    private static readonly TimeSpan LongestPauseUnauthenticated = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan WorthWaitingAfterLoss = TimeSpan.FromMilliseconds(750);

    private volatile KeyServerConnection? _connection;
    private volatile KeyServerException? _failure;
    private long _lost = long.MinValue / 2;

    public KeyServerEndPoint EndPoint => endPoint;

    public KeyValuePair<string, object?> Tag { get; } = new("endpoint", endPoint.ToString());

    /// <summary>How it does, over all its connections.</summary>
    public ServerStanding Standing => standing;

    /// <summary>Null while there is none.</summary>
    public KeyServerConnection? Connection => _connection;

    /// <summary>Why the last attempt failed; null where connected, and while the first attempt after a loss is under way: only
    /// then is it worth waiting for.</summary>
    public KeyServerException? Failure => _failure;

    /// <summary>Whether it is connected and healthy.</summary>
    public bool IsServing => _connection is { Closed.IsCompleted: false } && standing.Health.State == HealthState.Healthy;

    /// <summary>Until when an operation may wait for it rather than fail at once, as a timestamp: while the first attempt is under way, and for a moment after a
    /// loss, in which a process that is merely started again comes back.</summary>
    public long WorthWaitingUntil => _failure switch
    {
        null => long.MaxValue,
        { Failure: KeyServerFailure.NotAuthenticated } => 0,
        _ => Volatile.Read(ref _lost) + (long)(WorthWaitingAfterLoss.TotalSeconds * options.TimeProvider.TimestampFrequency),
    };

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var connection = await KeyServerConnection.ConnectAsync(endPoint, options.ForConnections(), cancellationToken);
                pause = FirstPause;
                await ServeAsync(connection, cancellationToken);
            }
            catch (KeyServerException e)
            {
                Failed(e);
                await Task.Delay(Jittered(pause), options.TimeProvider, cancellationToken);
                var longest = e.Failure == KeyServerFailure.NotAuthenticated ? LongestPauseUnauthenticated : LongestPause;
                pause = pause * 2 < longest ? pause * 2 : longest;
            }
        }
    }

    private async Task ServeAsync(KeyServerConnection connection, CancellationToken cancellationToken)
    {
        KeyServerClient.Log.Connected(logger, options.Name, endPoint, connection.Capabilities is null ? "deployed protocol, raw operations only" : "Latchkey");
        metrics.Connected(this);
        _failure = null;
        connection.Standing = standing;
        standing.Latency.Forget();
        _connection = connection;
        changed();
        using var probing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var probes = options.EndPoints.Count > 1 ? KeyServerProbe.RunAsync(connection, standing, probed, options, probing.Token) : Task.CompletedTask;
        try
        {
            var reason = await connection.Closed.WaitAsync(cancellationToken);
            KeyServerClient.Log.Disconnected(logger, options.Name, reason.Message);
        }
        finally
        {
            _connection = null;
            Volatile.Write(ref _lost, options.TimeProvider.GetTimestamp());
            metrics.Disconnected(this);
            await probing.CancelAsync();
            await connection.DisposeAsync();
            await probes;
            changed();
        }
    }

    private void Failed(KeyServerException failure)
    {
        metrics.ConnectFailed(this);
        if (_failure?.Message == failure.Message)
            KeyServerClient.Log.StillCannotConnect(logger, options.Name, failure.Message);
        else
            KeyServerClient.Log.CannotConnect(logger, options.Name, failure.Message);
        _failure = failure;
        changed();
    }

    // Edges that lost the same key server at the same moment should not all come back at the same moment.
    private static TimeSpan Jittered(TimeSpan pause) => pause * (0.75 + (Random.Shared.NextDouble() * 0.25));
}
