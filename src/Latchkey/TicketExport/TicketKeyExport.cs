using Latchkey.Client.Tickets;
using Latchkey.Crypto;
using Latchkey.Tickets;
using Microsoft.Extensions.Logging;

namespace Latchkey.TicketExport;

/// <summary>
/// Keeps a target in step with a site's ticket keys: looks when they change and every second (it may be time for the next one), writes what has changed, and tells the servers that read it until they have heard. Where the fleet has
/// no fresh key, the servers are given one that nobody else has: they go on, without sharing, and never with an outlived key.
/// </summary>
/// <param name="keys">The fleet's keys at this moment, in the order in which they are preferred; lent.</param>
/// <param name="nextChange">Gives a task that completes when these keys change.</param>
internal sealed partial class TicketKeyExport(Func<IReadOnlyList<TicketKey>> keys, Func<Task> nextChange, TicketKeyFormat format, TicketKeyTarget target, IReadOnlyList<ToldServer> servers, TimeProvider time, ILogger<TicketKeyExport> logger) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How long the key servers have to give keys, before the servers get one of their own.</summary>
    private static readonly TimeSpan PatienceForKeys = TimeSpan.FromSeconds(10);

    /// <summary>Between attempts to tell a server that did not hear.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan UnsharedPeriod = TimeSpan.FromHours(1);

    private readonly SharedTicketKeyRing _unshared = CreateUnshared(time);
    private readonly Dictionary<ToldServer, DateTimeOffset> _toBeTold = [];
    private readonly HashSet<ToldServer> _deaf = [];
    private readonly long _start = time.GetTimestamp();
    private TicketKeySet? _written;
    private bool _writeFailed;
    private bool _tellAgain;

    /// <summary>Goes on until it is cancelled.</summary>
    /// <param name="ready">Called when keys lie at the target for the first time.</param>
    public async Task RunAsync(Action ready, CancellationToken cancellationToken)
    {
        KeepKeysInMemory();
        var isReady = false;
        while (true)
        {
            var changed = nextChange(); // taken before looking, so that no change is missed
            await StepAsync(cancellationToken);
            if (!isReady && _written is not null)
            {
                isReady = true;
                ready();
            }
            await Task.WhenAny(changed, Task.Delay(Interval, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Writes the keys there are, and tells the servers, once.</summary>
    /// <exception cref="IOException">The key servers gave no fresh key in time, or a server could not be told.</exception>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        KeepKeysInMemory();
        while (ExportedTicketKeys.SealingAt(keys(), time.GetUtcNow()) is null)
        {
            if (time.GetElapsedTime(_start) > PatienceForKeys)
                throw new IOException($"no fresh ticket key within {PatienceForKeys.TotalSeconds} s (expected a key server that is connected, and whose rules allow this edge ticket-keys)");
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
        }
        var set = format.Select(keys(), _unshared, time.GetUtcNow());
        await target.WriteAsync(set, cancellationToken);
        foreach (var server in servers)
            await TellOnceAsync(server, set, cancellationToken);
    }

    /// <summary>Has the servers told again at the next look, though nothing has changed: one may have been started anew.</summary>
    public void TellAgain() => Volatile.Write(ref _tellAgain, true);

    public void Dispose() => _unshared.Dispose();

    /// <summary>One look.</summary>
    internal async Task StepAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var fleet = keys();
        if (_written is null && ExportedTicketKeys.SealingAt(fleet, now) is null && time.GetElapsedTime(_start) < PatienceForKeys)
            return;
        var set = format.Select(fleet, _unshared, now);
        var tellAgain = Interlocked.Exchange(ref _tellAgain, false);
        if (set.Differs(_written) ? await TryWriteAsync(set, cancellationToken) : tellAgain)
        {
            foreach (var server in servers)
                _toBeTold[server] = now;
        }
        foreach (var (server, from) in _toBeTold.ToList())
        {
            if (from <= now && !set.Differs(_written))
                await TellAsync(server, set, now, cancellationToken);
        }
    }

    private void KeepKeysInMemory()
    {
        foreach (var warning in LockedMemory.Prefer())
            LogWarning(warning);
        if (target.Warning is { } ofTarget)
            LogWarning(ofTarget);
    }

    private async Task<bool> TryWriteAsync(TicketKeySet set, CancellationToken cancellationToken)
    {
        try
        {
            await target.WriteAsync(set, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_writeFailed)
                LogWriteFailed(target.Place, e.Message);
            _writeFailed = true;
            return false;
        }
        _writeFailed = false;
        if (!set.IsShared && _written is null or { IsShared: true })
            LogUnshared(target.Place);
        else if (set.IsShared && _written is { IsShared: false })
            LogSharedAgain(target.Place);
        LogWritten(set.Keys.Count, target.Place);
        _written = set;
        return true;
    }

    private async Task TellAsync(ToldServer server, TicketKeySet set, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            await TellOnceAsync(server, set, cancellationToken);
            _toBeTold.Remove(server);
            if (_deaf.Remove(server))
                LogToldAtLast(server.Name);
        }
        catch (IOException e)
        {
            _toBeTold[server] = now + RetryInterval;
            if (_deaf.Add(server))
                LogNotTold(e.Message);
        }
    }

    private static async Task TellOnceAsync(ToldServer server, TicketKeySet set, CancellationToken cancellationToken)
    {
        try
        {
            await server.TellAsync(set, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{server.Name}: {e.Message}", e);
        }
    }

    private static SharedTicketKeyRing CreateUnshared(TimeProvider time)
    {
        using var secret = SecretBytes.Random(TicketKey.SecretSize);
        return new SharedTicketKeyRing(secret.Span, UnsharedPeriod, openFor: 2 * UnsharedPeriod, CryptoProvider.Default, time);
    }

    [LoggerMessage(5131, LogLevel.Information, "{Count} ticket keys written to {Place}")]
    private partial void LogWritten(int count, string place);

    [LoggerMessage(5132, LogLevel.Error, "Ticket keys cannot be written to {Place}, what is there stays and is getting old: {Reason}")]
    private partial void LogWriteFailed(string place, string reason);

    [LoggerMessage(5133, LogLevel.Error, "No fresh ticket key: {Place} has one that nobody else has until there is; clients that change servers make full handshakes")]
    private partial void LogUnshared(string place);

    [LoggerMessage(5134, LogLevel.Information, "Fresh ticket keys again: {Place} shares them with the fleet")]
    private partial void LogSharedAgain(string place);

    [LoggerMessage(5135, LogLevel.Warning, "Not told of new ticket keys, will be until it has heard: {Reason}")]
    private partial void LogNotTold(string reason);

    [LoggerMessage(5136, LogLevel.Information, "Told of new ticket keys at last: {Server}")]
    private partial void LogToldAtLast(string server);

    [LoggerMessage(5137, LogLevel.Warning, "{Warning}")]
    private partial void LogWarning(string warning);
}
