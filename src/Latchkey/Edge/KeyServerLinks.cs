using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client;
using Latchkey.Configuration;
using Microsoft.Extensions.Logging;

namespace Latchkey.Edge;

/// <summary>The connections to every owner's key servers. A reload keeps those whose configuration has not changed.</summary>
internal sealed class KeyServerLinks(ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Link> _links = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The clients in force, by the names of their configuration.</summary>
    public IEnumerable<KeyServerClient> All => _links.Values.Select(link => link.Client).OrderBy(client => client.Options.Name, StringComparer.Ordinal);

    /// <summary>The client for a configured key server: the one there is, or a new one that begins to connect.</summary>
    public KeyServerClient Open(KeyServerLinkConfig config, ICollection<IAsyncDisposable> replaced)
    {
        if (_links.TryGetValue(config.Name, out var link) && IsSame(link.Config, config))
            return link.Client;
        var client = new KeyServerClient(
            new KeyServerClientOptions
            {
                Name = config.Name,
                EndPoints = config.EndPoints,
                Certificate = config.Certificate,
                TrustedAuthorities = config.Authorities,
                RequestTimeout = config.RequestTimeout,
                Balancing = config.Balancing,
            },
            loggers);
        client.Start();
        if (link is not null)
            replaced.Add(link.Client);
        _links[config.Name] = new Link(config, client);
        return client;
    }

    /// <summary>Forgets the key servers that the configuration names no more.</summary>
    public void RemoveExcept(IReadOnlyDictionary<string, KeyServerLinkConfig> configured, ICollection<IAsyncDisposable> replaced)
    {
        foreach (var name in _links.Keys.Where(name => !configured.ContainsKey(name)))
        {
            if (_links.TryRemove(name, out var link))
                replaced.Add(link.Client);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var link in _links.Values)
            await link.Client.DisposeAsync();
    }

    private static bool IsSame(KeyServerLinkConfig a, KeyServerLinkConfig b) =>
        a.EndPoints.SequenceEqual(b.EndPoints)
        && a.RequestTimeout == b.RequestTimeout
        && a.Balancing == b.Balancing
        && a.Certificate.RawDataMemory.Span.SequenceEqual(b.Certificate.RawDataMemory.Span)
        && Thumbprints(a.Authorities).SequenceEqual(Thumbprints(b.Authorities));

    private static IEnumerable<string> Thumbprints(X509Certificate2Collection certificates) => certificates.Select(one => one.Thumbprint);

    private sealed record Link(KeyServerLinkConfig Config, KeyServerClient Client);
}
