using Latchkey.Client.Balancing;
using Latchkey.Client.Links;
using Latchkey.Tls.Clients;
using Microsoft.Extensions.Logging;

namespace Latchkey.Client;

/// <summary>Keeps one key server connected: connects, waits for the end of the connection, connects again.</summary>
internal sealed class KeyServerLink(KeyServerEndPoint endPoint, IConnector connector, Func<RevocationLists?> revocation, KeyServerClientOptions options, ClientMetrics metrics, ILogger logger, Action changed, ServerStanding standing, Action probed)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    // "Started again: handshakes work within a second."
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);
    // A certificate that is not accepted does not become so by itself, and each attempt costs the key server a handshake.
    private static readonly TimeSpan LongestPauseUnauthenticated = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan WorthWaitingAfterLoss = TimeSpan.FromMilliseconds(750);

    // Between two questions of one handshake there may be so much, and a connection made for it should not be made twice.
    private static readonly TimeSpan LeastIdle = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestIdleCheck = TimeSpan.FromMilliseconds(500);

    private volatile TaskCompletionSource _demand = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile KeyServerConnection? _connection;
    private volatile KeyServerException? _failure;
    private volatile bool _retired;
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

    /// <summary>How connections come about.</summary>
    public IConnector Connector => connector;

    /// <summary>Made on demand, and at the moment not wanted (L6); nothing is known against it.</summary>
    public bool IsDormant => options.OnDemandIdle is not null && _connection is null && _failure is null;

    /// <summary>Something is to be asked: an on-demand connection is made now.</summary>
    public void Want()
    {
        var demand = _demand; // before looking: what is met while this looks is not demanded again
        if (_connection is null)
            demand.TrySetResult();
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var backoff = new Backoff(FirstPause);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                // One that cannot be reached is tried until it can, demanded or not: whoever asks next should not be the one to find out.
                if (options.OnDemandIdle is not null && _failure is null)
                    await _demand.Task.WaitAsync(cancellationToken);
                var connection = await connector.ConnectAsync(options.ForConnections(revocation()), cancellationToken);
                backoff.Reset();
                await ServeAsync(connection, cancellationToken);
            }
            catch (KeyServerException e)
            {
                Failed(e);
                if (connector.PausesAfterFailure)
                    await Task.Delay(backoff.Next(e.Failure == KeyServerFailure.NotAuthenticated ? LongestPauseUnauthenticated : LongestPause), options.TimeProvider, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // Whatever it was, as a process without descriptors: it may pass, and the key server must not be lost for it until the next start.
                Failed(new KeyServerException($"Key server {endPoint} could not be connected to: {e.Message}", KeyServerFailure.Unreachable, e));
                await Task.Delay(backoff.Next(LongestPause), options.TimeProvider, cancellationToken);
            }
        }
    }

    // While it is being closed nobody new is given it; who was given it a moment ago asks again on another.
    private async Task CloseWhenIdleAsync(KeyServerConnection connection, TimeSpan idle, CancellationToken cancellationToken)
    {
        idle = idle > LeastIdle ? idle : LeastIdle;
        using var timer = new PeriodicTimer(idle / 4 < LongestIdleCheck ? idle / 4 : LongestIdleCheck, options.TimeProvider);
        var (requests, since) = (connection.Use.Requests, options.TimeProvider.GetTimestamp());
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (connection.Outstanding > 0 || connection.Use.IsHeld || connection.Use.Requests != requests)
                (requests, since) = (connection.Use.Requests, options.TimeProvider.GetTimestamp());
            else if (options.TimeProvider.GetElapsedTime(since) >= idle)
                break;
        }
        _connection = null;
        connection.Refuse($"Key server {endPoint} was not needed for {idle.TotalSeconds:0.##} s.");
    }

    /// <summary>Lets go of the connection as soon as nobody is waiting for an answer on it, and after <paramref name="patience"/> in any case; of one that comes later at once.</summary>
    public async Task RetireAsync(TimeSpan patience)
    {
        _retired = true;
        Interlocked.MemoryBarrier(); // said before looking: a connection that is not seen here sees it
        if (_connection is not { } connection)
            return;
        _connection = null;
        var started = options.TimeProvider.GetTimestamp();
        while ((connection.Outstanding > 0 || connection.Use.IsHeld) && options.TimeProvider.GetElapsedTime(started) < patience)
            await Task.Delay(LeastIdle / 5, options.TimeProvider);
        connection.Refuse($"Key server {endPoint} is to connect anew.");
    }

    private async Task ServeAsync(KeyServerConnection connection, CancellationToken cancellationToken)
    {
        KeyServerClient.Log.Connected(logger, options.Name, endPoint, connection.Capabilities is null ? "deployed protocol, raw operations only" : "Latchkey");
        metrics.Connected(this);
        _failure = null;
        connection.Standing = standing;
        standing.Latency.Forget();
        _connection = connection;
        _demand = new(TaskCreationOptions.RunContinuationsAsynchronously);
        changed();
        RefuseIfUnwanted(connection);
        using var probing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var probes = options.PoolSize > 1 ? KeyServerProbe.RunAsync(connection, standing, probed, options, probing.Token) : Task.CompletedTask;
        var closing = options.OnDemandIdle is { } idle ? CloseWhenIdleAsync(connection, idle, probing.Token) : Task.CompletedTask;
        try
        {
            var reason = await connection.Closed.WaitAsync(cancellationToken);
            if (closing.IsCompletedSuccessfully && options.OnDemandIdle is not null)
                KeyServerClient.Log.NotNeeded(logger, options.Name, reason.Message);
            else
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
            await closing.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            changed();
        }
    }

    // The revocation lists may have become others since the handshake, or another client may have taken the place of this one: who brings that about looks at the connections that there are, and
    // this one has just become one of them.
    private void RefuseIfUnwanted(KeyServerConnection connection)
    {
        Interlocked.MemoryBarrier(); // published before looking, as the others say it before they look
        if (_retired)
        {
            connection.Refuse($"Key server {endPoint} is to connect anew.");
            return;
        }
        RefuseIfRevoked(connection);
    }

    /// <summary>Closes the connection that there is, where the lists in force have its key server on them.</summary>
    public void RefuseIfRevoked()
    {
        if (_connection is { } connection)
            RefuseIfRevoked(connection);
    }

    private void RefuseIfRevoked(KeyServerConnection connection)
    {
        if (KeyServerIdentity.WhyRevoked(connection.PeerChain, revocation(), options.TimeProvider.GetUtcNow()) is not { } reason)
            return;
        KeyServerClient.Log.CutOff(logger, options.Name, endPoint, reason);
        connection.Refuse($"Key server {endPoint} is not trusted any more: {reason}.");
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
}
