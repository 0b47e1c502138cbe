using System.Runtime.CompilerServices;
using Latchkey.Tls.Alerts;
using Latchkey.Wire;

namespace Latchkey.Client;

public sealed partial class KeyServerClient
{
    /// <summary>Has an operation done by whichever key server can, within the request timeout.</summary>
    /// <returns>A success, an error that <see cref="KeylessErrorExtensions.IsAboutClient"/>, or with <paramref name="mayFail"/> a cryptographic failure.</returns>
    /// <exception cref="KeyHolderFailedException">Refused, unreachable, late; logged here.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<KeylessReply> ExecuteAsync<TOperation>(TOperation operation, bool mayFail, CancellationToken cancellationToken)
        where TOperation : struct, IKeyOperation
    {
        var time = Options.TimeProvider;
        var started = time.GetTimestamp();
        var deadline = started + (long)(Options.RequestTimeout.TotalSeconds * time.TimestampFrequency);
        var outcome = "cancelled";
        try
        {
            KeyServerConnection? failed = null;
            for (var attempt = 1; ; attempt++)
            {
                var connection = await ConnectedAsync(operation.IsStructured, failed, deadline, cancellationToken);
                var isLast = attempt > _links.Length || connection == failed;
                var sent = time.GetTimestamp();
                string reason;
                try
                {
                    var reply = await operation.SendAsync(connection, time.GetElapsedTime(sent, deadline), cancellationToken);
                    if (reply.IsSuccess || reply.Error.IsAboutClient() || (mayFail && reply.Error == KeylessError.CryptographicFailure))
                    {
                        outcome = reply.IsSuccess ? "ok" : reply.Error.ToString();
                        connection.Standing?.Answered(time.GetElapsedTime(sent));
                        return reply;
                    }
                    outcome = reply.Error.ToString();
                    reason = Refusals.Explain(connection, operation, reply.Error);
                    isLast |= _links.Length == 1 || !reply.Error.IsWorthAskingAnother();
                    if (reply.Error.IsOfKeyServer())
                        connection.Standing?.Failed(reason);
                }
                catch (KeyServerException e)
                {
                    outcome = e.Failure.ToString();
                    reason = e.Message;
                    isLast |= e.Failure == KeyServerFailure.TimedOut;
                    if (e.Failure != KeyServerFailure.Disconnected) // one that is gone gets no operations anyway, and may be back at once
                        connection.Standing?.Failed(reason);
                }
                if (isLast)
                    throw new KeyHolderFailedException(reason);
                failed = connection;
                _metrics.Retried();
                Log.Retrying(_logger, Options.Name, operation.Name, reason);
            }
        }
        catch (KeyHolderFailedException e)
        {
            outcome = outcome == "cancelled" ? "unavailable" : outcome;
            Log.OperationFailed(_logger, Options.Name, operation.Name, e.Message);
            throw;
        }
        finally
        {
            _metrics.Completed(operation.Name, outcome, time.GetElapsedTime(started));
        }
    }

    /// <summary>Has an operation done on one connection and no other, within the request timeout: what it is about is known there alone.</summary>
    /// <exception cref="KeyHolderFailedException">Refused, lost, late; logged here.</exception>
    internal async ValueTask<KeylessReply> ExecuteOnAsync<TOperation>(KeyServerConnection connection, TOperation operation, CancellationToken cancellationToken)
        where TOperation : struct, IKeyOperation
    {
        var started = Options.TimeProvider.GetTimestamp();
        var outcome = "cancelled";
        try
        {
            var reply = await operation.SendAsync(connection, Options.RequestTimeout, cancellationToken);
            outcome = reply.IsSuccess ? "ok" : reply.Error.ToString();
            return reply.IsSuccess ? reply : throw new KeyHolderFailedException(Refusals.Explain(connection, operation, reply.Error));
        }
        catch (KeyServerException e)
        {
            outcome = e.Failure.ToString();
            Log.OperationFailed(_logger, Options.Name, operation.Name, e.Message);
            throw new KeyHolderFailedException(e.Message);
        }
        catch (KeyHolderFailedException e)
        {
            Log.OperationFailed(_logger, Options.Name, operation.Name, e.Message);
            throw;
        }
        finally
        {
            _metrics.Completed(operation.Name, outcome, Options.TimeProvider.GetElapsedTime(started));
        }
    }

    /// <summary>
    /// The next connection in turn, another than <paramref name="not"/> where there is one. Waits while a key server that may turn
    /// out to be reachable is being connected to; fails at once where all have proved not to be.
    /// </summary>
    private ValueTask<KeyServerConnection> ConnectedAsync(bool structured, KeyServerConnection? not, long deadline, CancellationToken cancellationToken)
    {
        var connection = _balancer.Choose(_links, structured, not);
        return connection is not null && connection != not ? ValueTask.FromResult(connection) : WaitAsync(structured, not, deadline, cancellationToken);
    }

    private async ValueTask<KeyServerConnection> WaitAsync(bool structured, KeyServerConnection? not, long deadline, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
                changed = _changed.Task; // taken before looking, so that no change is missed
            if (_balancer.Choose(_links, structured, not) is { } connection)
                return connection;
            if (structured && Array.Find(_links, link => link.Connection is { Capabilities: null, Closed.IsCompleted: false }) is { } foreign)
                throw new KeyHolderFailedException($"Key server {foreign.EndPoint} (\"{Options.Name}\") speaks only the deployed protocol's raw operations: use \"custody\": \"premaster\" for its sites.");
            if (_stopping.IsCancellationRequested)
                throw new KeyHolderFailedException($"The client of key server \"{Options.Name}\" has been closed.");
            if (Array.TrueForAll(_links, link => link.Failure is not null))
                throw new KeyHolderFailedException($"No key server of \"{Options.Name}\" is reachable. {string.Join(" ", _links.Select(link => link.Failure?.Message))}");
            await WaitForChangeAsync(changed, deadline, cancellationToken);
        }
    }

    private async Task WaitForChangeAsync(Task changed, long deadline, CancellationToken cancellationToken)
    {
        var time = Options.TimeProvider;
        var left = deadline == long.MaxValue ? Timeout.InfiniteTimeSpan : time.GetElapsedTime(time.GetTimestamp(), deadline);
        try
        {
            await changed.WaitAsync(left < TimeSpan.Zero && deadline != long.MaxValue ? TimeSpan.Zero : left, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new KeyHolderFailedException($"No key server of \"{Options.Name}\" was connected within {Options.RequestTimeout.TotalSeconds:0.##} s ({string.Join(", ", _links.Select(link => link.EndPoint))}).");
        }
    }
}
