using System.Net;
using System.Security.Cryptography;
using Latchkey.Client.Links;
using Latchkey.Crypto;
using Latchkey.KeyServer.Admission;
using Latchkey.KeyServer.Audit;
using Latchkey.KeyServer.Freshness;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Listener;
using Latchkey.KeyServer.Operations;
using Latchkey.KeyServer.Policy;
using Latchkey.KeyServer.PreSharedKeys;
using Latchkey.KeyServer.Requests;
using Latchkey.KeyServer.Roots;
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
    private readonly EdgeConnections _connections;
    private readonly EdgeListener? _listener;
    private readonly EdgeDialler _dialler;
    private readonly TicketKeyRoots _roots;
    private readonly StateKeys _states;
    private readonly TicketKeyRounds _rounds;
    private readonly BoundedMemory _sessions;
    private readonly DateTimeOffset _created;
    private readonly AuditLog? _audit;
    private readonly SignedRequests _signed;
    private KeyWatcher? _watcher;
    private readonly CurrentOptions _options;
    private readonly byte[] _sealingDigest;
    private readonly Lock _reloading = new();
    private int _stopped;

    /// <summary>Nothing is read or bound before <see cref="StartAsync"/>.</summary>
    public KeyServer(KeyServerOptions options, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggers);
        _options = new CurrentOptions(options);
        _sealingDigest = DigestOf(options.SealingSecret);
        _created = options.TimeProvider.GetUtcNow();
        _log = new CalmLogger(loggers.CreateLogger("Latchkey.KeyServer"));
        var schedule = options.TicketKeys.Schedule;
        _roots = options.SealingSecret is { } secret
            ? new SharedTicketKeyRing(secret.Span, schedule.Period, schedule.OpenFor, options.Crypto, options.TimeProvider)
            : new TicketKeyDaemon(schedule, options.TicketKeys.Generate, options.Crypto, options.TimeProvider);
        _states = new StateKeys(_roots, options.Crypto, options.TimeProvider);
        _rounds = new TicketKeyRounds(_roots, _options, _log);
        _sessions = new BoundedMemory(options.Limits.KeptSessions, options.Limits.KeptSessionBytes, options.TimeProvider);
        Metrics = new KeyServerMetrics();
        _stores = new KeyStoreSet(options.KeyStores);
        _keys = new KeyStore(new KeySetLoader(_stores, options.Crypto, _log), Metrics, _log);
        _preSharedKeys = new PreSharedKeyStore(_log);
        var operations = new OperationServices(options.Crypto, _options, _roots, _states, _sessions, _preSharedKeys, options.TimeProvider, new FreshnessGate(options.Freshness, options.TimeProvider, Metrics, _log), () => _connections!.Terms.Admission.Audience);
        _audit = options.Audit is null ? null : new AuditLog(options.Audit, options.Certificate, options.TimeProvider, Metrics, _log);
        _lanes = new Lanes(_options, new WorkerServices(operations, _audit, options.TimeProvider, Metrics, _log));
        _signed = new SignedRequests(options, _log);
        var intake = new RequestIntake(_keys, _options, _lanes, _signed, _roots, _audit, options.TimeProvider, Metrics, _log);
        _connections = new EdgeConnections(_options, intake, Metrics, _log);
        _listener = options.Listen is { } listen ? new EdgeListener(listen, _options, _connections, Metrics, _log) : null;
        _dialler = new EdgeDialler(options, _connections, Metrics, _log);
        Metrics.Observe(() => _lanes.All.Select(lane => lane.Status), () => _connections.Count, () => _keys.Current.Keys.Count, () => _connections.Handshakes.Taken, () => _rounds.Status);
    }

    /// <summary>What is in force.</summary>
    public KeyServerOptions Options => _options.Value;

    /// <summary>Names and owns the metrics.</summary>
    public KeyServerMetrics Metrics { get; }

    /// <summary>Where it listens; known after <see cref="StartAsync"/> (port 0 is resolved).</summary>
    /// <exception cref="InvalidOperationException">It does not listen, it dials.</exception>
    public IPEndPoint EndPoint => _listener?.EndPoint ?? throw new InvalidOperationException("The key server listens nowhere: it dials.");

    /// <summary>Keys, connections and queue at this moment, nothing secret.</summary>
    public KeyServerStatus Status => KeyServerStatus.Of(_keys.Current, _connections, _dialler, [.. _lanes.All.Select(lane => lane.Status)], Options, _created) with { Audit = _audit?.Status, TicketKeys = _rounds.Status };

    /// <summary>Loads the keys and begins to accept connections.</summary>
    /// <exception cref="KeyFilesException">A key file or folder cannot be used.</exception>
    /// <exception cref="IOException">The audit log cannot be written.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be bound.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // Looks before the files are read: what changes from then on it sees, however long peers and the audit log take.
        _watcher = new KeyWatcher(_options, _stores, Reload, Options.KeyWatchInterval, Options.TimeProvider, _log);
        Reload();
        _audit?.Open();
        await _rounds.StartAsync();
        _lanes.Start();
        if (_listener is not null)
        {
            _listener.Start();
            _log.Listening(EndPoint, _keys.Current.Keys.Count, Options.Limits.Workers, Options.Crypto.Name);
        }
        if (Options.Dial.Count > 0)
        {
            _dialler.Start();
            _log.Dialling(Options.Dial.Count, _keys.Current.Keys.Count, Options.Limits.Workers, Options.Crypto.Name);
        }
    }

    /// <summary>Reads the keys again; where that fails, the old ones stay and the error is logged and thrown.</summary>
    /// <exception cref="KeyFilesException">A key file or folder cannot be used.</exception>
    public Task ReloadAsync(CancellationToken cancellationToken) => Task.Run(Reload, cancellationToken);

    /// <summary>
    /// Takes other options into force, all of them or, on an error, none: who may connect, keys and their rules, pre-shared keys, addresses, limits, the certificate. Connections
    /// stay, except those of edges that may not connect any more: these are cut off. Where it listens and dials, the number of workers, the sealing secret, the audit log and what
    /// this process brings along change with the next start only; the log says so.
    /// </summary>
    /// <exception cref="KeyFilesException">A file cannot be used.</exception>
    public Task ReloadAsync(KeyServerOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Task.Run(() => Reload(options), cancellationToken);
    }

    /// <summary>What the rules in force say of a use, key by key and operation by operation; none where no key is meant.</summary>
    public IReadOnlyList<PolicyAnswer> Explain(PolicyQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return PolicyExplanation.Answer(question, _keys.Current, Options.Policy);
    }

    /// <summary>Drains: accepts no more, answers what it has, then closes. The token ends the patience. May be called twice.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
            return;
        _log.Draining(_connections.Count);
        if (_watcher is not null)
            await _watcher.DisposeAsync();
        if (_listener is not null)
            await _listener.StopAsync();
        await _dialler.StopAsync();
        await _connections.StopAsync(cancellationToken);
        await _rounds.DisposeAsync();
        // Only what nobody waits for is left in the queue now; the workers drop it.
        await Task.Run(_lanes.Stop, CancellationToken.None);
        _audit?.Dispose();
        Metrics.Dispose(); // before what it looks at
        _keys.Dispose();
        _preSharedKeys.Dispose();
        _states.Dispose();
        _roots.Dispose();
        _sessions.Dispose();
        _listener?.Dispose();
        _dialler.Dispose();
        _connections.Dispose();
        _signed.Dispose();
        _log.Stopped();
    }

    private void Reload(KeyServerOptions options)
    {
        lock (_reloading)
        {
            var terms = ReadTerms(options);
            var keys = _keys.Load(options.Keys);
            PreSharedKeySet preSharedKeys;
            try
            {
                preSharedKeys = _preSharedKeys.Load(options.PreSharedKeys);
            }
            catch
            {
                keys.Release();
                throw;
            }
            if (RestartNeeded.For(Options, options, !DigestOf(options.SealingSecret).SequenceEqual(_sealingDigest)) is { Length: > 0 } settings)
                _log.NeedsRestart(settings);
            _options.Replace(options);
            Apply(keys);
            _preSharedKeys.Replace(preSharedKeys);
            Apply(terms);
            _rounds.Apply(options.TicketKeys);
            // Whoever has ticket keys asks for them again: they may be others now, because others may have them (attack 10).
            _roots.Change();
        }
    }

    // A reload's secret is another object with, nearly always, the same content; only a hash is kept of the one in use, whose owner may have disposed it.
    private static byte[] DigestOf(SecretBytes? secret) => secret is null ? [] : SHA256.HashData(secret.Span);

    // A bad file of one kind does not keep the other kinds from being read.
    private void Reload()
    {
        lock (_reloading)
        {
            try
            {
                Apply(ReadTerms(Options));
            }
            finally
            {
                ReloadKeys();
                _roots.Change();
            }
        }
    }

    private void ReloadKeys()
    {
        try
        {
            Apply(_keys.Load(Options.Keys));
        }
        finally
        {
            _preSharedKeys.Replace(_preSharedKeys.Load(Options.PreSharedKeys));
        }
    }

    private void Apply(KeySet keys)
    {
        _keys.Replace(keys);
        _lanes.Prepare(keys.Keys);
    }

    private void Apply(LinkTerms terms)
    {
        _connections.Apply(terms);
        if (terms.Admission.Revocation is { } revocation)
            _log.RevocationInForce(revocation.Lists.Count, revocation.Lists.Sum(list => list.Revoked), revocation.Lists.Min(list => list.NextUpdate));
    }

    private LinkTerms ReadTerms(KeyServerOptions options)
    {
        try
        {
            return LinkTerms.Read(options);
        }
        catch (KeyFilesException e)
        {
            if (_connections.HasTerms)
                _log.RevocationNotReloaded(e.Message);
            throw;
        }
    }

    /// <summary>Stops without patience, if that has not happened yet.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(new CancellationToken(canceled: true));
}
