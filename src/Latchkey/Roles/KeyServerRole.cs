using System.Net;
using System.Net.Sockets;
using Latchkey.Configuration;
using Latchkey.Crypto;
using Latchkey.Edge;
using Latchkey.KeyServer;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Microsoft.Extensions.Logging;

namespace Latchkey.Roles;

/// <summary>The key server as a role. Keys that change on disk are noticed by the server itself, its configuration and the link's certificates here.</summary>
internal sealed partial class KeyServerRole : IRole
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    private readonly Func<KeyServerConfig> _load;
    private readonly ProgramKeyStores _stores;
    private readonly KeyServer.KeyServer _server;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _reloading = new(1);
    private volatile KeyServerConfig _config;
    private Task _watching = Task.CompletedTask;
    private volatile bool _started;
    private volatile bool _stopping;

    public KeyServerRole(KeyServerConfig config, Func<KeyServerConfig> load, ILoggerFactory loggers)
    {
        _config = config;
        _load = load;
        _stores = new ProgramKeyStores(config.KeyServers, loggers);
        _logger = loggers.CreateLogger<KeyServerRole>();
        _server = new KeyServer.KeyServer(OptionsOf(config, _stores), loggers);
    }

    public string Name => "keyserver";

    public IReadOnlyList<IPEndPoint> EndPoints => _started && _config.Listen is not null ? [_server.EndPoint] : [];

    /// <summary>The keys that are loaded.</summary>
    public IReadOnlyList<KeyStatus> Keys => _server.Status.Keys;

    /// <summary>What the rules say of a use.</summary>
    public IReadOnlyList<PolicyAnswer> Explain(PolicyQuestion question) => _server.Explain(question);

    public string? NotReady
    {
        get
        {
            if (_stopping)
                return "stopping";
            if (!_started)
                return "not started";
            return Keys.Count == 0 ? $"no key is loaded: {string.Join(", ", _config.Keys.Select(source => source.Place))}" : null;
        }
    }

    public IReadOnlyList<string> Warnings => _started ? _server.Status.TicketKeys?.Warnings ?? [] : [];

    public object Status => _server.Status;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var watch = new FileWatch(WatchInterval, TimeProvider.System, () => _config.Files);
        // With a sealing secret, ticket keys follow from what lies on a disk anyway.
        if (_config.SealingSecret is null)
        {
            foreach (var warning in LockedMemory.Prefer())
                LogMemory(warning);
        }
        try
        {
            await _server.StartAsync(cancellationToken);
            _started = true;
            _watching = watch.RunAsync(ReloadChangedAsync, _stop.Token);
        }
        catch (KeyFilesException e)
        {
            throw KeysError(_config, e);
        }
        catch (SocketException e)
        {
            throw new IOException($"cannot listen on {_config.Listen}: {e.Message}", e);
        }
    }

    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        // From the reading on one at a time: what was read first must not come into force last.
        await _reloading.WaitAsync(cancellationToken);
        try
        {
            await ReloadAloneAsync(cancellationToken);
        }
        finally
        {
            _reloading.Release();
        }
    }

    private async Task ReloadAloneAsync(CancellationToken cancellationToken)
    {
        var config = _load();
        // The key server goes on with the secret it has.
        using var _ = config.SealingSecret;
        try
        {
            await _server.ReloadAsync(OptionsOf(config, _stores), cancellationToken);
        }
        catch (KeyFilesException e)
        {
            throw KeysError(config, e);
        }
        if (!Equals(config.Admin, _config.Admin))
            LogAdminNeedsRestart();
        _config = config;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        await _stop.CancelAsync();
        await _server.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        await _server.DisposeAsync();
        await _stores.DisposeAsync();
        _stop.Dispose();
        _reloading.Dispose();
    }

    private static KeyServerOptions OptionsOf(KeyServerConfig config, ProgramKeyStores stores) => new()
    {
        Listen = config.Listen,
        Dial = config.Dial,
        BindInterface = config.BindInterface,
        PeerAddresses = config.PeerAddresses,
        RevocationFiles = config.RevocationFiles,
        Certificate = config.Certificate,
        CertificateChain = config.CertificateChain,
        ClientAuthorities = config.ClientAuthorities,
        Keys = config.Keys,
        PreSharedKeys = config.PreSharedKeys,
        Addresses = config.Addresses,
        VerifySignatures = config.VerifySignatures,
        SealingSecret = config.SealingSecret,
        TicketKeys = config.TicketKeys,
        RequestKeys = config.RequestKeys,
        RequireSignedRequests = config.RequireSignedRequests,
        Freshness = config.Freshness,
        Audit = config.Audit,
        Limits = config.Limits,
        KeyStores = stores.All,
        KeyServers = stores.KeyServers,
    };

    private static ConfigurationException KeysError(KeyServerConfig config, KeyFilesException e)
    {
        if (config.RevocationFiles.ToList().IndexOf(e.Path) is >= 0 and var list)
            return new ConfigurationException(config.File, $"revocation[{list}]", e.Message);
        var index = config.Keys.ToList().FindIndex(source => e.Path.StartsWith(source.Place, StringComparison.Ordinal));
        var name = index >= 0 && config.Keys[index].Uri is not null ? "uri" : "path";
        return new ConfigurationException(config.File, index < 0 ? "keys" : $"keys[{index}].{name}", e.Message);
    }

    private async Task ReloadChangedAsync()
    {
        try
        {
            await ReloadAsync(_stop.Token);
            LogChanged();
        }
        catch (Exception e) when (!_stop.IsCancellationRequested)
        {
            LogChangeRefused(e.Message);
        }
    }

    [LoggerMessage(5121, LogLevel.Information, "The configuration has changed on disk and is in force")]
    private partial void LogChanged();

    [LoggerMessage(5122, LogLevel.Error, "The configuration has changed on disk but cannot be used; what was in force stays: {Reason}")]
    private partial void LogChangeRefused(string reason);

    [LoggerMessage(5124, LogLevel.Warning, "{Warning}")]
    private partial void LogMemory(string warning);

    [LoggerMessage(5123, LogLevel.Warning, "admin: changed, takes effect with the next start")]
    private partial void LogAdminNeedsRestart();
}
