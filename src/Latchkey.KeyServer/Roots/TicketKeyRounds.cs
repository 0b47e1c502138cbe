using Latchkey.Tickets;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Roots;

/// <summary>
/// Sees to it that ticket keys are made in time: looks at the clock every second at least, never once for long, because clocks are set, and says so where there is no fresh key.
/// </summary>
internal sealed class TicketKeyRounds(TicketKeyRoots roots, CurrentOptions options, ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private TicketKey? _lastMade;
    private bool _isStale;

    /// <summary>The first round; the others follow by themselves.</summary>
    public Task StartAsync()
    {
        (roots as TicketKeyDaemon)?.Begin();
        Look();
        // Lives as long as the key server: no caller's activity should be carried along.
        using (ExecutionContext.SuppressFlow())
            _running = Task.Run(RunAsync);
        return Task.CompletedTask;
    }

    /// <summary>Takes over what a reload says.</summary>
    public void Apply(TicketKeyOptions now)
    {
        if (roots is TicketKeyDaemon daemon)
        {
            daemon.Schedule = now.Schedule;
            daemon.Generates = now.Generate;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(Pause(options.Value.TicketKeys.Schedule), roots.Time, _stopping.Token);
                roots.Tick();
                Look();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static TimeSpan Pause(TicketKeySchedule schedule)
    {
        var pause = (schedule.Lead < schedule.Period && schedule.Lead > TimeSpan.Zero ? schedule.Lead : schedule.Period) / 8;
        return pause > LongestPause ? LongestPause : pause < ShortestPause ? ShortestPause : pause;
    }

    private void Look()
    {
        var isStale = roots.ForSealing() is null;
        if (isStale != _isStale)
        {
            _isStale = isStale;
            if (isStale)
                log.NoFreshRoot(roots.InUse().Max(key => (DateTimeOffset?)key.SealUntil));
            else
                log.FreshRoot();
        }
        if (roots is not TicketKeyDaemon daemon)
            return;
        var own = roots.InUse().Where(key => key.Origin == daemon.Origin).ToList();
        if (own.Count == 0 || own.MaxBy(key => key.SealFrom) is not { } last || last == _lastMade)
            return;
        _lastMade = last;
        log.RootMade(last.SealFrom, last.SealUntil, roots.InUse().Count(), own.Count);
    }
}
