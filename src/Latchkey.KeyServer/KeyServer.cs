using System.Net;
using Latchkey.Crypto;
using Latchkey.KeyServer.Audit;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Listener;
using Latchkey.KeyServer.Operations;
using Latchkey.KeyServer.PreSharedKeys;
using Latchkey.KeyServer.Work;
using Latchkey.KeyStores;
using Latchkey.Tickets;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer;

/// <summary>
/// Holds private keys and answers edges that may use them: listener → admission → policy → operation → key store. Start once, stop
/// once; all members may be called from any thread.
/// </summary>
public sealed class KeyServer : IAsyncDisposable
{
    private readonly ILogger _log;
    private readonly Lanes _lanes;
    private readonly KeyStore _keys;
    private readonly KeyStoreSet _stores;
    private readonly PreSharedKeyStore _preSharedKeys;
    private readonly EdgeListener _listener;
    private readonly SharedTicketKeyRing _sealing;
    private readonly BoundedMemory _sessions;
    private readonly DateTimeOffset _created;
    private readonly AuditLog? _audit;
    private KeyWatcher? _watcher;
    private int _stopped;

    /// <summary>Nothing is read or bound before <see cref="StartAsync"/>.</summary>
    public KeyServer(KeyServerOptions options, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggers);
        Options = options;
        _created = options.TimeProvider.GetUtcNow();
        _log = loggers.CreateLogger("Latchkey.KeyServer");
        using (var secret = options.SealingSecret is { } shared ? SecretBytes.CopyOf(shared.Span) : SecretBytes.Random(TicketKey.SecretSize))
            _sealing = new SharedTicketKeyRing(secret.Span, TimeSpan.FromHours(1), TimeSpan.FromHours(24), options.Crypto, options.TimeProvider);
        _sessions = new BoundedMemory(options.Limits.KeptSessions, options.Limits.KeptSessionBytes, options.TimeProvider);
        Metrics = new KeyServerMetrics(() => _lanes!.All.Select(lane => lane.Status), () => _listener!.ConnectionCount, () => _keys!.Current.Keys.Count, () => _listener!.Handshakes.Taken);
        _stores = new KeyStoreSet(options.KeyStores);
        _keys = new KeyStore(new KeySetLoader(options.Keys, _stores, options.Crypto, _log), Metrics, _log);
        _preSharedKeys = new PreSharedKeyStore(options.PreSharedKeys, _log);
        var operations = new OperationServices(options.Crypto, options.VerifySignatures, _sealing, _sessions, _preSharedKeys, options.TimeProvider);
        _audit = options.Audit is null ? null : new AuditLog(options.Audit, options.Certificate, options.TimeProvider, Metrics, _log);
        _lanes = new Lanes(options.Limits, new WorkerServices(operations, _audit, options.TimeProvider, Metrics, _log));
        var intake = new RequestIntake(_keys, new AddressNames(options.Addresses), options.Policy, _lanes, options.Limits, _audit, options.TimeProvider, Metrics, _log);
        _listener = new EdgeListener(options, intake, Metrics, _log);
    }

    /// <summary>What was configured.</summary>
    public KeyServerOptions Options { get; }

    /// <summary>Names and owns the metrics.</summary>
    public KeyServerMetrics Metrics { get; }

    /// <summary>Where it listens; known after <see cref="StartAsync"/> (port 0 is resolved).</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>Keys, connections and queue at this moment, nothing secret.</summary>
    public KeyServerStatus Status => KeyServerStatus.Of(_keys.Current, _listener.Connections, [.. _lanes.All.Select(lane => lane.Status)], Options, _created) with { Audit = _audit?.Status };

    /// <summary>Loads the keys and begins to accept connections.</summary>
    /// <exception cref="KeyFilesException">A key file or folder cannot be used.</exception>
    /// <exception cref="IOException">The audit log cannot be written.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be bound.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Reload();
        _audit?.Open();
        _watcher = new KeyWatcher(Options.Keys, _stores, [.. Options.PreSharedKeys.Select(source => source.Path)], Reload, Options.KeyWatchInterval, Options.TimeProvider, _log);
        _lanes.Start();
        _listener.Start();
        _log.Listening(EndPoint, _keys.Current.Keys.Count, Options.Limits.Workers, Options.Crypto.Name);
        return Task.CompletedTask;
    }

    /// <summary>Reads the keys again; where that fails, the old ones stay and the error is logged and thrown.</summary>
    /// <exception cref="KeyFilesException">A key file or folder cannot be used.</exception>
    public Task ReloadAsync(CancellationToken cancellationToken) => Task.Run(Reload, cancellationToken);

    /// <summary>Drains: accepts no more, answers what it has, then closes. The token ends the patience. May be called twice.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
            return;
        _log.Draining(_listener.ConnectionCount);
        if (_watcher is not null)
            await _watcher.DisposeAsync();
        await _listener.StopAsync(cancellationToken);
        // Only what nobody waits for is left in the queue now; the workers drop it.
        await Task.Run(_lanes.Stop, CancellationToken.None);
        _audit?.Dispose();
        _keys.Dispose();
        _preSharedKeys.Dispose();
        _sealing.Dispose();
        _sessions.Dispose();
        Metrics.Dispose();
        _log.Stopped();
    }

    // A bad file of either kind does not keep the other kind from being read.
    private void Reload()
    {
        try
        {
            _keys.Reload();
            _lanes.Prepare(_keys.Current.Keys);
        }
        finally
        {
            _preSharedKeys.Reload();
        }
    }

    /// <summary>Stops without patience, if that has not happened yet.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(new CancellationToken(canceled: true));
}
