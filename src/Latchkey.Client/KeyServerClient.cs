using Latchkey.Client.Balancing;
using Latchkey.Client.Custodies;
using Latchkey.Client.Links;
using Latchkey.Client.OnDemand;
using Latchkey.Client.Relay;
using Latchkey.Client.Tickets;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Wire;
using Microsoft.Extensions.Logging;

namespace Latchkey.Client;

/// <summary>
/// The edge's way to one owner's key servers: persistent multiplexed connections that come back by themselves. Thread-safe;
/// one object serves every handshake of every site that names these key servers.
/// </summary>
/// <remarks>
/// Operations are spread over the healthy key servers (<see cref="Balancing"/>); one that fails for reasons of its connection or its key server's load is tried
/// on another. Where none is connected and the last attempts have failed, operations fail at once.
/// </remarks>
public sealed partial class KeyServerClient : IAsyncDisposable
{
    private static readonly string[] CustodyNames = ["signature", "premaster", "exchange", "master-secret", "session-keys", "handshake", "fetched-key"];

    private readonly ILogger _logger;
    private readonly ClientMetrics _metrics;
    private readonly KeyServerLink[] _links;
    private readonly Balancer _balancer;
    private readonly FetchedKeys _fetchedKeys;
    private readonly HedgeBudget _hedges;
    private readonly Pace _pace;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _running;

    /// <summary>A client that does nothing before <see cref="Start"/>.</summary>
    /// <exception cref="FormatException">An endpoint is not <c>host:port</c>.</exception>
    /// <exception cref="ArgumentException">No endpoint, or a certificate without its private key.</exception>
    public KeyServerClient(KeyServerClientOptions options, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggers);
        if (options.PoolSize == 0)
            throw new ArgumentException($"Key server \"{options.Name}\" has no endpoint.", nameof(options));
        if (options is { Accept: not null, OnDemandIdle: not null })
            throw new ArgumentException($"Key server \"{options.Name}\" connects to this side, which cannot be asked for on demand.", nameof(options));
        if (!options.Certificate.HasPrivateKey)
            throw new ArgumentException($"The certificate {options.Certificate.Subject} for key server \"{options.Name}\" has no private key.", nameof(options));
        Options = options;
        _logger = CalmLogger.For<KeyServerClient>(loggers);
        _metrics = new ClientMetrics(options.Name);
        _balancer = new Balancer(options.Balancing);
        _fetchedKeys = new FetchedKeys(this, _logger, _metrics);
        _hedges = new HedgeBudget(options.Balancing, _balancer);
        _pace = new Pace(options.Balancing, options.TimeProvider);
        Revocation = options.Revocation;
        _links =
        [
            .. options.EndPoints.Select(KeyServerEndPoint.Parse).Select(endPoint => CreateLink(endPoint, new DiallingConnector(endPoint))),
            .. (options.Accept?.Names ?? []).Select(name => new KeyServerEndPoint(name, KeyServerEndPoint.DialsIn)).Select(endPoint => CreateLink(endPoint, new AcceptingConnector(endPoint))),
        ];
        _pace.Measure(_links);
        TicketKeys = new TicketKeyFollower(this, _links, _logger);
    }

    /// <summary>What was configured.</summary>
    public KeyServerClientOptions Options { get; }

    /// <summary>Where sites' ticket keys come from; it begins with the first site that wants them.</summary>
    internal TicketKeyFollower TicketKeys { get; }

    /// <summary>Whether at least one key server is connected.</summary>
    public bool IsConnected => _links.Any(link => link.Connection is not null);

    /// <summary>Whether at least one key server is connected or, made on demand, is not wanted now; for <c>/readyz</c>.</summary>
    public bool IsReady => _links.Any(link => link.Connection is not null || link.IsDormant);

    /// <summary>Each key server and how it is, for <c>/status</c>.</summary>
    public IReadOnlyList<KeyServerEndPointStatus> Status =>
        [.. _links.Select(link => KeyServerEndPointStatus.Of(link, TicketKeys.Of(link)))];

    /// <summary>Each key server.</summary>
    internal IReadOnlyList<KeyServerLink> Links => _links;

    /// <summary>Completes when a key server has come or gone, or cannot be reached. To be taken before looking.</summary>
    internal Task NextChange
    {
        get
        {
            lock (_gate)
                return _changed.Task;
        }
    }

    internal ServerStanding Standing(int index) => _links[index].Standing;

    /// <summary>Begins connecting; returns at once. Handshakes meanwhile wait for the connection up to the request timeout, or fail
    /// at once where the last attempt to connect failed.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_running is not null)
                return;
            // Links live as long as the program: no caller's activity should be carried along.
            using (ExecutionContext.SuppressFlow())
                _running = Task.WhenAll(_links.Select(link => Task.Run(() => KeepConnectedAsync(link))));
        }
    }

    /// <summary>Completes when a key server is connected.</summary>
    /// <exception cref="KeyHolderFailedException">The attempt under way failed; the message says why.</exception>
    public async Task WaitUntilConnectedAsync(CancellationToken cancellationToken) =>
        await ConnectedAsync(structured: false, asked: null, long.MaxValue, cancellationToken);

    /// <summary>The custody of that configured name (<c>signature</c>, <c>premaster</c>, <c>exchange</c> …) over these key servers.</summary>
    /// <param name="options">null: the defaults.</param>
    /// <exception cref="ArgumentException">No such custody; the message lists those there are.</exception>
    /// <exception cref="PlatformNotSupportedException"><c>fetched-key</c>, and memory cannot be locked here (<see cref="LockedMemory"/>).</exception>
    public Custody CreateCustody(string custody, CustodyOptions? options = null) => custody switch
    {
        "signature" => new SignatureCustody(custody, new KeyServerKey(this)),
        "premaster" => new SignatureCustody(custody, new RawKeyServerKey(this)),
        "exchange" => new ExchangeCustody(this, options ?? new CustodyOptions()),
        "master-secret" => new MasterSecretCustody(this, options ?? new CustodyOptions()),
        "session-keys" => new SessionKeysCustody(this, options ?? new CustodyOptions()),
        "handshake" => new RelayedCustody(custody, new KeyServerRelay(this, options?.FinishedAtEdge ?? false)),
        "fetched-key" => CreateFetchedKeyCustody(custody, options ?? new CustodyOptions()),
        _ => throw new ArgumentException($"No custody is called \"{custody}\"; there are {string.Join(", ", CustodyNames)}.", nameof(custody)),
    };

    private SignatureCustody CreateFetchedKeyCustody(string name, CustodyOptions options)
    {
        LockedMemory.Require();
        return new SignatureCustody(name, new FetchedHandshakeKey(_fetchedKeys, options.KeepKey));
    }

    /// <summary>The keys that these key servers' owner shares with clients beforehand (catalogue G4).</summary>
    /// <param name="custody">The site's: what this process may hold of a handshake with a certificate it may hold of one with such a key.</param>
    /// <param name="identityHint">TLS 1.2: <see cref="PreSharedKeyHolder.IdentityHint"/>.</param>
    public PreSharedKeyHolder CreatePreSharedKeys(string custody, ReadOnlyMemory<byte> identityHint = default) => custody == "session-keys"
        ? new SessionKeysPreSharedKeys(this)
        : new RemotePreSharedKeys(this, identityHint);

    /// <summary>Closes the connections; operations under way fail.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await CloseAcceptingAsync();
        await TicketKeys.DisposeAsync();
        if (_running is not null)
            await _running;
        _fetchedKeys.Dispose();
        Changed();
    }

    private KeyServerLink CreateLink(KeyServerEndPoint endPoint, IConnector connector)
    {
        KeyServerLink? link = null;
        var standing = new ServerStanding(Options.Name, endPoint, Options.Balancing, _pace, Options.TimeProvider, _metrics, _logger, () => _links.Any(other => other != link && other.IsServing));
        return link = new KeyServerLink(endPoint, connector, () => Revocation, Options, _metrics, _logger, Changed, standing, () => _pace.Measure(_links));
    }

    private async Task KeepConnectedAsync(KeyServerLink link)
    {
        try
        {
            await link.RunAsync(_stopping.Token);
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception e)
        {
            Log.LoopEnded(_logger, e, Options.Name, link.EndPoint);
        }
    }

    private void Changed()
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        changed.TrySetResult();
    }
}
