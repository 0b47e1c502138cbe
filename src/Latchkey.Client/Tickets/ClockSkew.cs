using Latchkey.Wire;
using Microsoft.Extensions.Logging;

namespace Latchkey.Client.Tickets;

/// <summary>
/// How far a key server's clock is from this machine's. Keys are made ahead and open long after they sealed, so that clocks may differ; one that differs by more than a quarter of the time that
/// keys are made ahead is reported before it does harm (T2). Thread-safe.
/// </summary>
internal sealed class ClockSkew(string name, KeyServerEndPoint endPoint, ILogger logger)
{
    private const long NotMeasured = long.MinValue;

    private long _milliseconds = NotMeasured;
    private int _isReported;

    /// <summary>The key server's time less this machine's; null: not measured yet.</summary>
    public TimeSpan? Value => Volatile.Read(ref _milliseconds) is var known && known == NotMeasured ? null : TimeSpan.FromMilliseconds(known);

    /// <summary>Takes what a key server said its clock was.</summary>
    /// <param name="theirs">Unix time in milliseconds.</param>
    /// <param name="ours">This machine's in the middle between question and answer: it is off by half of the round trip at most.</param>
    /// <param name="lead">How long ahead keys are made; zero: not known, nothing is reported yet.</param>
    public void Measured(ulong theirs, DateTimeOffset ours, TimeSpan lead)
    {
        var skew = UnixTime.FromMilliseconds(theirs).ToUnixTimeMilliseconds() - ours.ToUnixTimeMilliseconds();
        Volatile.Write(ref _milliseconds, skew);
        Report(lead);
    }

    /// <summary>Reports what was measured last, where that has not been done: the clock is known before it is known how long ahead keys are made.</summary>
    /// <param name="lead">As above.</param>
    public void Report(TimeSpan lead)
    {
        var skew = Volatile.Read(ref _milliseconds);
        if (skew == NotMeasured || lead <= TimeSpan.Zero)
            return;
        var isFar = Math.Abs(skew) > lead.TotalMilliseconds / 4;
        var now = isFar ? 1 : 0;
        if (Interlocked.Exchange(ref _isReported, now) == now)
            return;
        if (isFar)
            KeyServerClient.Log.ClockDiffers(logger, name, endPoint, Math.Abs(skew) / 1000.0, skew > 0 ? "ahead of" : "behind", lead.TotalSeconds);
        else
            KeyServerClient.Log.ClockAgrees(logger, name, endPoint);
    }
}
