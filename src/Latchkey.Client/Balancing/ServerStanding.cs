using System.Runtime.CompilerServices;
using Latchkey.Wire;
using Microsoft.Extensions.Logging;

namespace Latchkey.Client.Balancing;

/// <summary>
/// What is known of one key server of a pool: how fast, how far, how loaded, and whether it gets operations. It outlives the
/// connections: a key server that gave a wrong answer is no better for having been connected to again.
/// </summary>
/// <param name="name">The pool's configured name.</param>
/// <param name="endPoint">The key server.</param>
/// <param name="anotherServes">Whether another of the pool is healthy: the last one is never ejected for being slow.</param>
internal sealed class ServerStanding(string name, KeyServerEndPoint endPoint, BalancingOptions options, Pace pace, TimeProvider time, ClientMetrics metrics, ILogger logger, Func<bool> anotherServes)
{
    private readonly KeyValuePair<string, object?> _tag = new("endpoint", endPoint.ToString());
    private long _wrong;
    private long _late;
    private StrongBox<KeyServerLoad> _load = new();

    public ServerHealth Health { get; } = new(options, time);

    public ServerLatency Latency { get; } = new(time);

    /// <summary>The pool's.</summary>
    public Pace Pace => pace;

    /// <summary>What it reported last; nothing waits where it reports nothing.</summary>
    public KeyServerLoad Load
    {
        get => Volatile.Read(ref _load).Value;
        set => Volatile.Write(ref _load, new StrongBox<KeyServerLoad>(value));
    }

    /// <summary>Answers that were wrong: a signature that the certificate's key did not make, or no answer to what was asked.</summary>
    public long WrongAnswers => Volatile.Read(ref _wrong);

    /// <summary>Operations that had no answer in time.</summary>
    public long LateAnswers => Volatile.Read(ref _late);

    /// <summary>An operation was answered, rightly or with a refusal that says nothing about the key server.</summary>
    public void Answered(TimeSpan elapsed)
    {
        Latency.Add(elapsed);
        // A late answer has been counted as such when it was late.
        if (elapsed < pace.LateAfter && Health.Succeeded())
        {
            metrics.Returned(_tag);
            KeyServerClient.Log.Returned(logger, name, endPoint);
        }
    }

    /// <summary>Operations have waited too long.</summary>
    public void Late(int operations)
    {
        Interlocked.Add(ref _late, operations);
        Failed(operations, $"It did not answer within {pace.LateAfter.TotalMilliseconds:0} ms.", "late");
    }

    /// <summary>An operation failed for a reason that is the key server's own.</summary>
    public void Failed(string reason) => Failed(1, reason, "failed");

    /// <summary>A ping came back.</summary>
    public void AnsweredPing(TimeSpan elapsed)
    {
        Latency.AddRoundTrip(elapsed);
        if (Health.AnsweredPing())
            KeyServerClient.Log.OnProbation(logger, name, endPoint);
    }

    /// <summary>An answer that is not to be used, and a key server that is not to be trusted until its owner has looked at it.</summary>
    public void AnsweredWrongly(string reason)
    {
        Interlocked.Increment(ref _wrong);
        if (Health.Eject(reason, forLongest: true) is { } duration)
            metrics.Ejected(_tag, "wrong");
        else
            duration = options.LongestEjection;
        KeyServerClient.Log.AnsweredWrongly(logger, name, endPoint, reason, duration.TotalSeconds);
    }

    private void Failed(int times, string reason, string kind)
    {
        if (!Health.Failed(times) || Health.State == HealthState.Ejected || !anotherServes())
            return;
        if (Health.Eject(reason, forLongest: false) is not { } duration)
            return;
        metrics.Ejected(_tag, kind);
        KeyServerClient.Log.Ejected(logger, name, endPoint, reason, duration.TotalSeconds);
    }
}
