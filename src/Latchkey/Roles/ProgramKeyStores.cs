using Latchkey.Client;
using Latchkey.Configuration;
using Latchkey.Crypto;
using Latchkey.Edge;
using Latchkey.KeyServer.Keys.Remote;
using Latchkey.KeyStores;
using Microsoft.Extensions.Logging;

namespace Latchkey.Roles;

/// <summary>What opens the keys that a key server's configuration names by URIs: one store for each scheme, all that this program has.</summary>
internal sealed class ProgramKeyStores : IAsyncDisposable
{
    private readonly KeyServerLinks _links;

    /// <param name="keyServers">Other key servers (S3); connecting begins at once.</param>
    public ProgramKeyStores(IReadOnlyDictionary<string, KeyServerLinkConfig> keyServers, ILoggerFactory loggers)
    {
        _links = new KeyServerLinks(loggers);
        KeyServers = keyServers.ToDictionary(entry => entry.Key, entry => _links.Open(entry.Value), StringComparer.OrdinalIgnoreCase);
        All =
        [
            .. new MachineKeyStores().All,
            new KeyServerKeyStore(KeyServers, CryptoProvider.Default),
        ];
    }

    public IReadOnlyList<IKeyStore> All { get; }

    /// <summary>The other key servers, by the names of the configuration.</summary>
    public IReadOnlyDictionary<string, KeyServerClient> KeyServers { get; }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in All)
            store.Dispose();
        await _links.DisposeAsync();
    }
}
