using Latchkey.Client.Links;
using Latchkey.Tickets;
using Microsoft.Extensions.Logging;

namespace Latchkey.Client.Tickets;

/// <summary>
/// One key server of those that give ticket keys (T1): where its keys have changed it is asked for those of every site. Each key server is followed by itself, so that an edge has the
/// keys of all of them, also of those that are cut off from each other.
/// </summary>
internal sealed class TicketKeySource
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(1);

    /// <summary>An on-demand connection is made for ticket keys at least so often.</summary>
    private static readonly TimeSpan LongestAbsence = TimeSpan.FromMinutes(15);

    /// <summary>An edge may have a thousand sites, and a key server be a tenth of a second away.</summary>
    private const int AtOnce = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<KeyServerTicketKeyRing, UInt128> _asked = [];
    private readonly Dictionary<string, string> _refusals = new(StringComparer.Ordinal);
    private readonly KeyServerClient _client;
    private readonly ILogger _logger;
    private readonly KeyServerLink _link;
    private readonly TimeProvider _time;
    private readonly TicketKeyGeneration _generation;
    private readonly ChangeSignal _wanted = new();
    private readonly ChangeSignal _added = new();

    /// <param name="client">Lent.</param>
    /// <param name="link">The key server; its connections come and go.</param>
    public TicketKeySource(KeyServerClient client, KeyServerLink link, ILogger logger)
    {
        _client = client;
        _link = link;
        _logger = logger;
        _time = client.Options.TimeProvider;
        _generation = new TicketKeyGeneration(client, link.EndPoint, _wanted.Give, Lead, logger);
    }

    /// <summary>The key server.</summary>
    public KeyServerEndPoint EndPoint => _link.EndPoint;

    /// <summary>Whether it says when its keys change.</summary>
    public bool IsFollowed => _generation.IsCurrent;

    /// <summary>The key server's time less this machine's; null: not measured yet.</summary>
    public TimeSpan? Skew => _generation.Skew.Value;

    /// <summary>It has refused a site's keys: said once for each reason.</summary>
    public void Refused(string site, string reason)
    {
        lock (_gate)
        {
            if (_refusals.GetValueOrDefault(site) == reason)
                return;
            _refusals[site] = reason;
        }
        KeyServerClient.Log.TicketKeysRefused(_logger, _client.Options.Name, _link.EndPoint, site, reason);
    }

    /// <summary>A site wants its keys: an on-demand connection is made for it now.</summary>
    public void Add(KeyServerTicketKeyRing ring)
    {
        AskAgain(ring);
        _added.Give();
    }

    /// <summary>A site has reason to ask for its keys once more: over the connection that there is, or the next one.</summary>
    public void AskAgain(KeyServerTicketKeyRing ring)
    {
        lock (_gate)
            _asked[ring] = 0;
        _wanted.Give();
    }

    /// <summary>A site wants its keys no more.</summary>
    public void Remove(KeyServerTicketKeyRing ring)
    {
        lock (_gate)
        {
            _asked.Remove(ring);
            _refusals.Remove(ring.Site);
        }
    }

    /// <summary>Follows until it is told to stop.</summary>
    /// <exception cref="OperationCanceledException">It was.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var (fruitless, pause) = (new Backoff(FirstRetry), TimeSpan.Zero);
        while (true)
        {
            await _generation.FollowAsync(await ConnectedAsync(pause, cancellationToken), AskAsync, cancellationToken);
            // Who is refused a site's keys does not keep connections up by asking for them.
            if (UntilNeeded() > TimeSpan.Zero)
                fruitless.Reset();
            pause = fruitless.Next(LastRetry);
        }
    }

    /// <param name="pause">No on-demand connection is made before that, unless a site is new.</param>
    private async Task<KeyServerConnection> ConnectedAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (changed, added) = (_client.NextChange, _added.Next); // taken before looking, so that no change is missed
            if (_link.Connection is { Closed.IsCompleted: false } connection)
                return connection;
            if (await CompletesAsync(Task.WhenAny(changed, added), _link.IsDormant ? Longer(UntilNeeded(), pause - _time.GetElapsedTime(began)) : Timeout.InfiniteTimeSpan, cancellationToken))
            {
                pause = added.IsCompleted ? TimeSpan.Zero : pause;
                continue;
            }
            _link.Want();
            await CompletesAsync(changed, _client.Options.ConnectTimeout, cancellationToken);
        }
    }

    /// <summary>Half of the time for which there are keys that seal; zero where a site has none.</summary>
    private TimeSpan UntilNeeded()
    {
        lock (_gate)
        {
            var left = _asked.Count == 0 ? LongestAbsence : _asked.Keys.Min(ring => ring.SealsFor) / 2;
            return left < LongestAbsence ? left : LongestAbsence;
        }
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private async Task AskAsync(KeyServerConnection connection, CancellationToken cancellationToken)
    {
        var retry = new Backoff(FirstRetry);
        try
        {
            while (true)
            {
                var wanted = _wanted.Next; // taken before looking
                var failed = await AskForDueAsync(connection, cancellationToken);
                if (!failed)
                    retry.Reset();
                await CompletesAsync(wanted, failed ? retry.Next(LastRetry) : Timeout.InfiniteTimeSpan, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <returns>Whether some are to be asked for again.</returns>
    private async ValueTask<bool> AskForDueAsync(KeyServerConnection connection, CancellationToken cancellationToken)
    {
        var failed = 0;
        var limits = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Due(), limits, async (one, token) =>
        {
            if (!await AskAsync(connection, one.Ring, one.Generation, token))
                Volatile.Write(ref failed, 1);
        });
        return failed != 0;
    }

    private async ValueTask<bool> AskAsync(KeyServerConnection connection, KeyServerTicketKeyRing ring, UInt128 generation, CancellationToken cancellationToken)
    {
        try
        {
            if (!await ring.AskAsync(this, connection, cancellationToken))
                return false;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever it was, as a request key that is away: it is asked again, and the other sites meanwhile.
            Refused(ring.Site, e.Message);
            return false;
        }
        lock (_gate)
        {
            _refusals.Remove(ring.Site);
            if (_asked.ContainsKey(ring))
                _asked[ring] = generation;
        }
        _generation.Skew.Report(Lead());
        return true;
    }

    /// <summary>The sites whose keys may have changed there since they were asked for, and the generation that this is known by.</summary>
    private List<(KeyServerTicketKeyRing Ring, UInt128 Generation)> Due()
    {
        var generation = _generation.Value;
        lock (_gate)
            return [.. _asked.Where(one => one.Value != generation).Select(one => (one.Key, generation))];
    }

    private TimeSpan Lead()
    {
        lock (_gate)
            return _asked.Count == 0 ? TimeSpan.Zero : _asked.Keys.Max(ring => ring.Lead);
    }

    /// <summary>Whether it does in that time.</summary>
    private async Task<bool> CompletesAsync(Task task, TimeSpan time, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(time, _time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
