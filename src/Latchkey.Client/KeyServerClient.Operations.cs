using System.Runtime.CompilerServices;
using Latchkey.Client.Balancing;
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
            var connection = await ConnectedAsync(operation.IsStructured, asked: null, deadline, cancellationToken);
            var sent = time.GetTimestamp();
            var attempts = default(Attempts<TOperation>);
            Verdict verdict = default;
            try
            {
                var reply = await operation.SendAsync(connection, time.GetElapsedTime(sent, deadline), cancellationToken);
                if (reply.Later is null)
                    verdict = Judge(operation, mayFail, connection, sent, reply);
                else
                    (attempts = new(this, operation, mayFail, deadline, cancellationToken)).Await(connection, sent, reply.Later);
            }
            catch (KeyServerException e)
            {
                verdict = Judge(connection, e);
            }
            if (attempts is null)
            {
                outcome = verdict.Outcome;
                if (verdict.Answer is { } answer)
                    return answer;
                if (verdict.IsLast)
                    throw new KeyHolderFailedException(verdict.Reason!);
                (attempts = new(this, operation, mayFail, deadline, cancellationToken)).Failed(connection, verdict.Reason!, verdict.Outcome);
            }
            try
            {
                return await attempts.FinishAsync();
            }
            finally
            {
                outcome = attempts.Outcome;
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
    /// <param name="mayBeRefused">A refusal is returned, not logged.</param>
    /// <exception cref="KeyHolderFailedException">Refused, lost, late; logged here.</exception>
    internal async ValueTask<KeylessReply> ExecuteOnAsync<TOperation>(KeyServerConnection connection, TOperation operation, CancellationToken cancellationToken, bool mayBeRefused = false)
        where TOperation : struct, IKeyOperation
    {
        var started = Options.TimeProvider.GetTimestamp();
        var outcome = "cancelled";
        try
        {
            var reply = await operation.SendAsync(connection, Options.RequestTimeout, cancellationToken).WholeAsync(cancellationToken);
            outcome = reply.IsSuccess ? "ok" : reply.Error.ToString();
            return reply.IsSuccess || mayBeRefused ? reply : throw new KeyHolderFailedException(Refusals.Explain(connection, operation, reply.Error));
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

    /// <summary>What became of an attempt whose reply has come; its key server is held to account.</summary>
    internal Verdict Judge<TOperation>(in TOperation operation, bool mayFail, KeyServerConnection connection, long sent, in KeylessReply reply)
        where TOperation : struct, IKeyOperation
    {
        if (reply.IsSuccess)
        {
            if (operation.Fault(reply) is { } fault)
                return Wrong(connection, operation.Name, reply, fault);
            connection.Standing?.Answered(Options.TimeProvider.GetElapsedTime(sent));
            return new Verdict(reply, "ok", null, IsLast: true);
        }
        if (reply.Error.IsAboutClient() || (mayFail && reply.Error == KeylessError.CryptographicFailure))
        {
            connection.Standing?.Answered(Options.TimeProvider.GetElapsedTime(sent));
            return new Verdict(reply, reply.Error.ToString(), null, IsLast: true);
        }
        var reason = Refusals.Explain(connection, operation, reply.Error);
        if (reply.Error.IsOfKeyServer())
            connection.Standing?.Failed(reason);
        return new Verdict(null, reply.Error.ToString(), reason, _links.Length == 1 || !reply.Error.IsWorthAskingAnother());
    }

    /// <summary>What became of an attempt without a reply.</summary>
    internal static Verdict Judge(KeyServerConnection connection, KeyServerException e)
    {
        if (e.Failure != KeyServerFailure.Disconnected) // one that is gone gets no operations anyway, and may be back at once
            connection.Standing?.Failed(e.Message);
        return new Verdict(null, e.Failure.ToString(), e.Message, IsLast: e.Failure == KeyServerFailure.TimedOut);
    }

    internal void Retrying(string operation, string reason)
    {
        _metrics.Retried();
        Log.Retrying(_logger, Options.Name, operation, reason);
    }

    internal void Hedged(string outcome) => _metrics.Hedged(outcome);

    internal bool TakeHedge() => _hedges.TryTake();

    /// <summary>Whether no other connection is left that might do it.</summary>
    internal bool HasAskedAll(List<KeyServerConnection> asked) => asked.Count > _links.Length;

    internal bool HasAnother(bool structured, List<KeyServerConnection> asked) => Balancer.HasAnother(_links, structured, asked);

    /// <summary>One that has not been asked; null: there is none now.</summary>
    internal KeyServerConnection? Another(bool structured, List<KeyServerConnection> asked) =>
        _balancer.Choose(_links, structured, asked) is { } connection && !asked.Contains(connection) ? connection : null;

    /// <summary>
    /// The connection for an operation, another than those <paramref name="asked"/> where there is one. Waits while a key server that may turn
    /// out to be reachable is being connected to; fails at once where all have proved not to be.
    /// </summary>
    internal ValueTask<KeyServerConnection> ConnectedAsync(bool structured, List<KeyServerConnection>? asked, long deadline, CancellationToken cancellationToken)
    {
        var connection = _balancer.Choose(_links, structured, asked);
        return connection is not null && asked?.Contains(connection) != true ? ValueTask.FromResult(connection) : WaitAsync(structured, asked, deadline, cancellationToken);
    }

    private Verdict Wrong(KeyServerConnection connection, string operation, in KeylessReply reply, string fault)
    {
        reply.Secret?.Dispose();
        connection.Standing?.AnsweredWrongly(fault);
        return new Verdict(null, "wrong", $"Key server {connection.EndPoint} answered \"{operation}\" wrongly: {fault}", IsLast: _links.Length == 1);
    }

    private async ValueTask<KeyServerConnection> WaitAsync(bool structured, List<KeyServerConnection>? asked, long deadline, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
                changed = _changed.Task; // taken before looking, so that no change is missed
            Array.ForEach(_links, link => link.Want());
            if (_balancer.Choose(_links, structured, asked) is { } connection)
                return connection;
            if (structured && Array.Find(_links, link => link.Connection is { Capabilities: null, Closed.IsCompleted: false }) is { } foreign)
                throw new KeyHolderFailedException($"Key server {foreign.EndPoint} (\"{Options.Name}\") speaks only the deployed protocol's raw operations: use \"custody\": \"premaster\" for its sites.");
            if (_stopping.IsCancellationRequested)
                throw new KeyHolderFailedException($"The client of key server \"{Options.Name}\" has been closed.");
            var until = _links.Max(link => link.WorthWaitingUntil);
            if (until <= Options.TimeProvider.GetTimestamp())
                throw new KeyHolderFailedException($"No key server of \"{Options.Name}\" is reachable. {string.Join(" ", _links.Select(link => link.Failure?.Message))}");
            await WaitForChangeAsync(changed, until, deadline, cancellationToken);
        }
    }

    private async Task WaitForChangeAsync(Task changed, long until, long deadline, CancellationToken cancellationToken)
    {
        var time = Options.TimeProvider;
        var end = Math.Min(until, deadline);
        var left = end == long.MaxValue ? Timeout.InfiniteTimeSpan : time.GetElapsedTime(time.GetTimestamp(), end);
        try
        {
            await changed.WaitAsync(left < TimeSpan.Zero && end != long.MaxValue ? TimeSpan.Zero : left, time, cancellationToken);
        }
        catch (TimeoutException) when (deadline <= until)
        {
            throw new KeyHolderFailedException($"No key server of \"{Options.Name}\" was connected within {Options.RequestTimeout.TotalSeconds:0.##} s ({string.Join(", ", _links.Select(link => link.EndPoint))}).");
        }
        catch (TimeoutException)
        {
            // It was worth waiting for so long.
        }
    }
}
