using Microsoft.Extensions.Logging;

namespace Latchkey.Client.Tickets;

/// <summary>The ticket keys of all sites of one owner's key servers (T1): follows each key server, once a site wants keys. Thread-safe.</summary>
internal sealed class TicketKeyFollower(KeyServerClient client, KeyServerLink[] links, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly HashSet<KeyServerTicketKeyRing> _rings = [];
    private readonly CancellationTokenSource _stopping = new();
    private TicketKeySource[] _sources = [];
    private Task _running = Task.CompletedTask;

    /// <summary>The client's.</summary>
    public ILogger Logger => logger;

    /// <summary>What is known of a key server; null: it is not followed.</summary>
    public TicketKeySource? Of(KeyServerLink link) => Array.Find(Volatile.Read(ref _sources), source => source.EndPoint == link.EndPoint);

    /// <summary>A site wants its keys.</summary>
    public void Add(KeyServerTicketKeyRing ring)
    {
        lock (_gate)
        {
            _rings.Add(ring);
            if (_sources.Length == 0 && !_stopping.IsCancellationRequested)
                Start();
            Array.ForEach(_sources, source => source.Add(ring));
        }
    }

    /// <summary>A site has reason to ask for its keys once more, though no key server has said that they have changed.</summary>
    public void AskAgain(KeyServerTicketKeyRing ring)
    {
        lock (_gate)
        {
            if (_rings.Contains(ring))
                Array.ForEach(_sources, source => source.AskAgain(ring));
        }
    }

    /// <summary>A site wants its keys no more.</summary>
    public void Remove(KeyServerTicketKeyRing ring)
    {
        lock (_gate)
        {
            _rings.Remove(ring);
            Array.ForEach(_sources, source => source.Remove(ring));
        }
    }

    /// <summary>Follows no more. What sites have stays with them.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
    }

    // Under the lock.
    private void Start()
    {
        TicketKeySource[] sources = [.. links.Select(link => new TicketKeySource(client, link, logger))];
        Volatile.Write(ref _sources, sources);
        // It lives as long as the client: no caller's activity should be carried along.
        using (ExecutionContext.SuppressFlow())
            _running = Task.WhenAll([.. sources.Select(source => Task.Run(() => RunAsync(source))), Task.Run(TickAsync)]);
    }

    private async Task RunAsync(TicketKeySource source)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await source.RunAsync(_stopping.Token);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                KeyServerClient.Log.FollowingFailed(logger, e, client.Options.Name, source.EndPoint);
                await Task.Delay(PauseAfterFailure, client.Options.TimeProvider, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(TickInterval, client.Options.TimeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                KeyServerTicketKeyRing[] rings;
                lock (_gate)
                    rings = [.. _rings];
                Array.ForEach(rings, ring => ring.Tick());
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
