using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client;
using Latchkey.Client.Links;
using Latchkey.Configuration;
using Latchkey.Crypto;
using Microsoft.Extensions.Logging;

namespace Latchkey.Edge;

/// <summary>The connections to every owner's key servers. A reload keeps those whose configuration has not changed.</summary>
internal sealed class KeyServerLinks(ILoggerFactory loggers) : IAsyncDisposable
{
    // New handshakes wait meanwhile for the key servers to connect again.
    private static readonly TimeSpan PatienceForAnswers = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Link> _links = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<(IPEndPoint, string?, string), KeyServerListener> _listeners = new();
    // Of a configuration that is not in force yet.
    private readonly Dictionary<string, Link> _opened = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The clients in force, by the names of their configuration.</summary>
    public IEnumerable<KeyServerClient> All => _links.Values.Select(link => link.Client).OrderBy(client => client.Options.Name, StringComparer.Ordinal);

    /// <summary>Where key servers that connect to this edge are waited for.</summary>
    public IEnumerable<KeyServerListener> Listeners => _listeners.Values;

    /// <summary>
    /// Opens the ports that key servers connect to, and does nothing else: what can fail, fails before a link is touched. Those that nobody wants any more are closed by
    /// <see cref="Commit"/>.
    /// </summary>
    /// <exception cref="ConfigurationException">An address is taken or not ours, or there is no such interface.</exception>
    public void Listen(EdgeConfig config)
    {
        foreach (var link in config.KeyServers.Values.Where(link => link.Accept is not null))
        {
            try
            {
                if (!_listeners.ContainsKey(Place(link)))
                    _listeners[Place(link)] = new KeyServerListener(link.Accept!.Listen, link.BindInterface, loggers, TimeProvider.System);
            }
            catch (SocketException e)
            {
                throw new ConfigurationException(config.File, $"keyServers.{link.Name}.accept.listen", $"cannot listen on {link.Accept!.Listen}: {e.Message}");
            }
        }
    }

    /// <summary>The client for a configured key server, at work: for programs whose configuration does not change.</summary>
    public KeyServerClient Open(KeyServerLinkConfig config)
    {
        var client = Prepare(config);
        if (_opened.Remove(config.Name, out var opened))
            Replace(opened, []);
        return client;
    }

    /// <summary>The client for a configured key server: the one there is, or a new one, which does nothing before <see cref="Commit"/>.</summary>
    public KeyServerClient Prepare(KeyServerLinkConfig config)
    {
        if (_opened.TryGetValue(config.Name, out var link) || (_links.TryGetValue(config.Name, out link) && IsSame(link.Config, config)))
            return link.Client;
        var client = new KeyServerClient(
            new KeyServerClientOptions
            {
                Name = config.Name,
                EndPoints = config.EndPoints,
                Certificate = config.Certificate,
                TrustedAuthorities = config.Authorities,
                RequestKey = config.RequestKey,
                RequestTimeout = config.RequestTimeout,
                Balancing = config.Balancing,
                Accept = config.Accept?.Options,
                OnDemandIdle = config.OnDemandIdle,
                BindInterface = config.BindInterface,
                Revocation = config.Revocation,
            },
            loggers);
        _opened.Add(config.Name, new Link(config, client));
        return client;
    }

    /// <summary>The configuration comes into force: what was opened for it begins to connect, what it names no more is forgotten.</summary>
    /// <param name="replaced">Receives what is to be disposed when handshakes under way have ended.</param>
    public void Commit(IReadOnlyDictionary<string, KeyServerLinkConfig> configured, ICollection<IAsyncDisposable> replaced)
    {
        foreach (var opened in _opened.Values)
            Replace(opened, replaced);
        _opened.Clear();
        foreach (var (name, config) in configured)
        {
            if (_links.TryGetValue(name, out var link))
                link.Client.Revocation = config.Revocation;
        }
        RemoveExcept(configured, replaced);
    }

    /// <summary>The configuration cannot be used: nothing has changed.</summary>
    public void Abandon()
    {
        foreach (var opened in _opened.Values)
            _ = opened.Client.DisposeAsync().AsTask(); // never started
        _opened.Clear();
    }

    private void Replace(Link opened, ICollection<IAsyncDisposable> replaced)
    {
        opened.Client.Start();
        if (opened.Config.Accept is not null)
            _listeners[Place(opened.Config)].Client = opened.Client;
        if (_links.TryGetValue(opened.Config.Name, out var link))
        {
            replaced.Add(link.Client);
            _ = link.Client.RetireAcceptedAsync(PatienceForAnswers);
        }
        _links[opened.Config.Name] = opened;
    }

    private void RemoveExcept(IReadOnlyDictionary<string, KeyServerLinkConfig> configured, ICollection<IAsyncDisposable> replaced)
    {
        foreach (var name in _links.Keys.Where(name => !configured.ContainsKey(name)))
        {
            if (_links.TryRemove(name, out var link))
                replaced.Add(link.Client);
        }
        var places = configured.Values.Where(link => link.Accept is not null).Select(Place).ToHashSet();
        foreach (var place in _listeners.Keys.Where(place => !places.Contains(place)))
        {
            if (_listeners.TryRemove(place, out var listener))
                replaced.Add(listener);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners.Values)
            await listener.DisposeAsync();
        foreach (var link in _links.Values)
            await link.Client.DisposeAsync();
    }

    private static (IPEndPoint, string?, string) Place(KeyServerLinkConfig config) => (config.Accept!.Listen, config.BindInterface, config.Accept.Listen.Port == 0 ? config.Name : "");

    private static bool IsSame(KeyServerLinkConfig a, KeyServerLinkConfig b) =>
        a.EndPoints.SequenceEqual(b.EndPoints)
        && a.RequestTimeout == b.RequestTimeout
        && PublicOf(a.RequestKey).SequenceEqual(PublicOf(b.RequestKey))
        && a.Balancing == b.Balancing
        && a.OnDemandIdle == b.OnDemandIdle
        && a.BindInterface == b.BindInterface
        && IsSame(a.Accept, b.Accept)
        && a.Certificate.RawDataMemory.Span.SequenceEqual(b.Certificate.RawDataMemory.Span)
        && Thumbprints(a.Authorities).SequenceEqual(Thumbprints(b.Authorities));

    private static bool IsSame(AcceptConfig? a, AcceptConfig? b) => a is null || b is null
        ? a == b
        : a.Listen.Equals(b.Listen)
            && a.Options.Names.SequenceEqual(b.Options.Names)
            && a.Options.Addresses.Allow.SequenceEqual(b.Options.Addresses.Allow)
            && a.Options.Addresses.Deny.SequenceEqual(b.Options.Addresses.Deny);

    private static IEnumerable<string> Thumbprints(X509Certificate2Collection certificates) => certificates.Select(one => one.Thumbprint);

    private static ReadOnlySpan<byte> PublicOf(PrivateKey? key) => key is null ? default : key.SubjectPublicKeyInfo.Span;

    private sealed record Link(KeyServerLinkConfig Config, KeyServerClient Client);
}
