using System.Net;
using System.Net.Sockets;
using Latchkey.Configuration;
using Latchkey.KeyServer;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Microsoft.Extensions.Logging;

namespace Latchkey.Roles;

/// <summary>The key server as a role. Keys that change on disk are noticed by the server itself.</summary>
internal sealed class KeyServerRole : IRole
{
    private readonly KeyServerConfig _config;
    private readonly Func<KeyServerConfig> _load;
    private readonly ProgramKeyStores _stores;
    private readonly KeyServer.KeyServer _server;
    private volatile bool _started;
    private volatile bool _stopping;

    public KeyServerRole(KeyServerConfig config, Func<KeyServerConfig> load, ILoggerFactory loggers)
    {
        _config = config;
        _load = load;
        _stores = new ProgramKeyStores(config.KeyServers, loggers);
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

    public object Status => _server.Status;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _server.StartAsync(cancellationToken);
            _started = true;
        }
        catch (KeyFilesException e)
        {
            throw KeysError(e);
        }
        catch (SocketException e)
        {
            throw new IOException($"cannot listen on {_config.Listen}: {e.Message}", e);
        }
    }

    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        // A file that has become wrong is told now, not at the next start.
        var options = OptionsOf(_load(), _stores);
        try
        {
            await _server.ReloadAsync(options, cancellationToken);
        }
        catch (KeyFilesException e)
        {
            throw KeysError(e);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        return _server.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _stores.DisposeAsync();
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
        Freshness = config.Freshness,
        Audit = config.Audit,
        Limits = config.Limits,
        KeyStores = stores.All,
    };

    private ConfigurationException KeysError(KeyFilesException e)
    {
        if (_config.RevocationFiles.ToList().IndexOf(e.Path) is >= 0 and var list)
            return new ConfigurationException(_config.File, $"revocation[{list}]", e.Message);
        var index = _config.Keys.ToList().FindIndex(source => e.Path.StartsWith(source.Place, StringComparison.Ordinal));
        var name = index >= 0 && _config.Keys[index].Uri is not null ? "uri" : "path";
        return new ConfigurationException(_config.File, index < 0 ? "keys" : $"keys[{index}].{name}", e.Message);
    }
}
