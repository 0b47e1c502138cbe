using Latchkey.Tls.Alerts;
using Latchkey.Wire;

namespace Latchkey.Client.Balancing;

/// <summary>
/// One operation that its first key server did not do, or has not done for long: asked of others until one has answered rightly, none is left, or the time is
/// over. The first answer that may be used wins. Runs on one flow; off the path of operations that go well.
/// </summary>
/// <param name="deadline">Timestamp.</param>
internal sealed class Attempts<TOperation>(KeyServerClient client, TOperation operation, bool mayFail, long deadline, CancellationToken cancellationToken)
    where TOperation : struct, IKeyOperation
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);

    private readonly TimeProvider _time = client.Options.TimeProvider;
    private readonly List<Attempt> _underWay = [];
    private readonly List<KeyServerConnection> _asked = [];
    private string _reason = "";
    private bool _wasHedged;

    /// <summary>For the metric.</summary>
    public string Outcome { get; private set; } = "cancelled";

    /// <summary>The first attempt has taken long: its reply will be there.</summary>
    public void Await(KeyServerConnection connection, long sent, Task<KeylessReply> reply)
    {
        _asked.Add(connection);
        _underWay.Add(new Attempt(connection, sent, reply));
    }

    /// <summary>The first attempt failed, and its key server has been held to account.</summary>
    public void Failed(KeyServerConnection connection, string reason, string outcome)
    {
        _asked.Add(connection);
        (_reason, Outcome) = (reason, outcome);
        client.Retrying(operation.Name, reason);
    }

    /// <summary>Goes on until there is an answer.</summary>
    /// <exception cref="KeyHolderFailedException">There is none to be had; the message is the last key server's.</exception>
    public async Task<KeylessReply> FinishAsync()
    {
        try
        {
            while (true)
            {
                if (TakeEnded() is { } ended)
                {
                    if (Judge(ended) is { } answer)
                        return answer;
                    continue;
                }
                if (_underWay.Count == 0)
                    await AskNextAsync();
                else if (MayAskAnother() is { } other)
                    Ask(other);
                await WaitAsync();
            }
        }
        finally
        {
            foreach (var attempt in _underWay)
                _ = LeaveAsync(attempt);
        }
    }

    private Attempt? TakeEnded()
    {
        var index = _underWay.FindIndex(attempt => attempt.Reply.IsCompleted);
        if (index < 0)
            return null;
        var ended = _underWay[index];
        _underWay.RemoveAt(index);
        return ended;
    }

    private KeylessReply? Judge(Attempt ended)
    {
        var verdict = ended.Reply.Exception?.InnerException is KeyServerException e
            ? KeyServerClient.Judge(ended.Connection, e)
            : client.Judge(operation, mayFail, ended.Connection, ended.Sent, ended.Reply.GetAwaiter().GetResult());
        Outcome = verdict.Outcome;
        if (verdict.Answer is { } answer)
        {
            if (_wasHedged)
                client.Hedged(ended.Connection == _asked[0] ? "lost" : "won");
            return answer;
        }
        _reason = verdict.Reason!;
        if (_underWay.Count == 0 && (verdict.IsLast || client.HasAskedAll(_asked)))
            throw new KeyHolderFailedException(_reason);
        if (_underWay.Count == 0)
            client.Retrying(operation.Name, _reason);
        return null;
    }

    /// <summary>Another key server where there is one, or the same on another connection; waits for it.</summary>
    private async Task AskNextAsync()
    {
        var connection = await client.ConnectedAsync(operation.IsStructured, _asked, deadline, cancellationToken);
        if (_asked.Contains(connection))
            throw new KeyHolderFailedException(_reason);
        Ask(connection);
    }

    private void Ask(KeyServerConnection connection)
    {
        _asked.Add(connection);
        var sent = _time.GetTimestamp();
        _underWay.Add(new Attempt(connection, sent, operation.SendAsync(connection, _time.GetElapsedTime(sent, deadline), cancellationToken).WholeAsync()));
    }

    /// <summary>A further key server for an operation that is under way: within the budget where it only takes long, always where it is late or its key server turned out bad.</summary>
    private KeyServerConnection? MayAskAnother()
    {
        var latest = _underWay[^1];
        var pace = latest.Connection.Standing!.Pace;
        var isLate = _time.GetTimestamp() - latest.Sent >= pace.Late || latest.Connection.Standing.Health.State == HealthState.Ejected;
        if (!isLate && (_underWay.Count > 1 || !operation.MayRace))
            return null;
        if (!client.HasAnother(operation.IsStructured, _asked) || (!isLate && latest.Connection.Standing.Health.State != HealthState.Probation && !client.TakeHedge()))
            return null;
        if (client.Another(operation.IsStructured, _asked) is not { } other || (!isLate && other.Standing!.Health.State == HealthState.Ejected))
            return null;
        if (isLate)
            client.Retrying(operation.Name, $"Key server {latest.Connection.EndPoint} has not answered for {_time.GetElapsedTime(latest.Sent).TotalMilliseconds:0} ms.");
        _wasHedged |= !isLate;
        if (!operation.MayRace)
            LeaveAll();
        return other;
    }

    private void LeaveAll()
    {
        foreach (var attempt in _underWay)
            _ = LeaveAsync(attempt);
        _underWay.Clear();
    }

    private async Task WaitAsync()
    {
        var any = _underWay.Count == 1 ? _underWay[0].Reply : (Task)Task.WhenAny(_underWay.Select(attempt => attempt.Reply));
        // Each attempt ends by itself at the deadline.
        if (!client.HasAnother(operation.IsStructured, _asked))
            await any.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        else
            await any.WaitAsync(Glance, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>What comes too late is still measured, and its secrets are wiped.</summary>
    private async Task LeaveAsync(Attempt attempt)
    {
        try
        {
            var reply = await attempt.Reply;
            reply.Secret?.Dispose();
            if (reply.IsSuccess)
                attempt.Connection.Standing?.Latency.Add(_time.GetElapsedTime(attempt.Sent));
        }
        catch (Exception e) when (e is KeyServerException or OperationCanceledException)
        {
            // Nobody waits for it any more.
        }
    }
}

/// <summary>An operation under way at one key server.</summary>
/// <param name="Sent">Timestamp.</param>
internal readonly record struct Attempt(KeyServerConnection Connection, long Sent, Task<KeylessReply> Reply);

/// <summary>What an attempt came to.</summary>
/// <param name="Answer">null: it failed.</param>
/// <param name="Outcome">For the metric.</param>
/// <param name="Reason">Why it failed.</param>
/// <param name="IsLast">No other key server will do better.</param>
internal readonly record struct Verdict(KeylessReply? Answer, string Outcome, string? Reason, bool IsLast);
