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

    private readonly LogThrottle _failures = new(roots.Time);
    private readonly CancellationTokenSource _stopping = new();
    private IReadOnlyList<TicketKeyPeer> _peers = [];
    private Task _exchanging = Task.CompletedTask;
    private Task _running = Task.CompletedTask;
    private TicketKey? _lastMade;
    private bool _isStale;

    /// <summary>How things are.</summary>
    public TicketKeyStatus Status
    {
        get
        {
            var now = roots.Time.GetUtcNow();
            var keys = roots.InUse().ToList();
            var daemon = roots as TicketKeyDaemon;
            var sealing = roots.ForSealing();
            return new TicketKeyStatus(
                daemon?.Generates ?? false,
                keys.Count,
                keys.Count(key => daemon is null || key.Origin == daemon.Origin),
                sealing is not null,
                keys.Any(key => key.SealFrom > now && key.SealUntil > (sealing?.SealUntil ?? now)),
                keys.Max(key => (DateTimeOffset?)key.SealUntil),
                keys.Count == 0 ? null : Math.Max(0, (now - keys.Max(key => key.Created)).TotalSeconds),
                [.. _peers.Select(peer => peer.Status)]);
        }
    }

    /// <summary>The first round; the others follow by themselves.</summary>
    public async Task StartAsync()
    {
        if (roots is TicketKeyDaemon daemon)
            _peers = [.. Peers(options.Value, daemon)];
        // What runs from here on lives as long as the key server: no caller's activity should be carried along.
        using (ExecutionContext.SuppressFlow())
            _exchanging = Task.WhenAll(_peers.Select(peer => Task.Run(() => peer.RunAsync(_stopping.Token))));
        await Task.WhenAny(Task.WhenAll(_peers.Select(peer => peer.Answered)), Task.Delay(options.Value.TicketKeys.PatienceWithPeers));
        (roots as TicketKeyDaemon)?.Begin();
        Look();
        using (ExecutionContext.SuppressFlow())
            _running = Task.Run(RunAsync);
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
        await _exchanging;
        await _running;
        _stopping.Dispose();
    }

    private IEnumerable<TicketKeyPeer> Peers(KeyServerOptions options, TicketKeyDaemon daemon) =>
        from name in options.TicketKeys.Peers
        let client = options.KeyServers[name]
        from link in client.Links
        select new TicketKeyPeer(name, client, link, daemon, log);

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(Pause(options.Value.TicketKeys.Schedule), roots.Time, _stopping.Token);
                Round();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    // Rotation must not end silently, whatever fails in one round.
    private void Round()
    {
        try
        {
            roots.Tick();
            Look();
        }
        catch (Exception e)
        {
            if (_failures.Allows())
                log.RoundFailed(e);
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
