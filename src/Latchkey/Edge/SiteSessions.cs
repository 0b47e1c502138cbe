using System.Collections.Concurrent;
using Latchkey.Client;
using Latchkey.Client.Custodies;
using Latchkey.Client.Tickets;
using Latchkey.Configuration;
using Latchkey.Crypto;
using Latchkey.Tickets;
using Latchkey.Tls;
using Latchkey.Tls.Sessions;
using Microsoft.Extensions.Logging;

namespace Latchkey.Edge;

/// <summary>
/// Where the sites' sessions wait. One for the process: ring and memory outlive reloads, so that a changed configuration costs nobody a full handshake that did not
/// change that site.
/// </summary>
internal sealed class SiteSessions : IAsyncDisposable
{
    /// <summary>Sessions of one site that a key server sealed and this process keeps (R9), about 300 bytes each.</summary>
    private const int MaxSealedSessions = 20_000;

    private const int MaxSealedBytes = 16 * 1024 * 1024;

    private readonly SharedTicketKeyRing _ring;
    private readonly ConcurrentDictionary<string, MemorySessionCache> _memories = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, BoundedMemory> _sealedSessions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HandedOut> _handedOut = new(StringComparer.Ordinal);
    private readonly ILoggerFactory _loggers;
    private SharedSessions? _shared;

    public SiteSessions(ILoggerFactory loggers)
    {
        _loggers = loggers;
        using var secret = SecretBytes.Random(TicketKey.SecretSize);
        // What a site allows is the session's lifetime, which its facts say; the key has to last for the longest there is.
        _ring = new SharedTicketKeyRing(secret.Span, TimeSpan.FromHours(12), ResumptionPolicy.MaxLifetime, CryptoProvider.Default, TimeProvider.System);
    }

    /// <summary>How the ticket keys of each site that has some of a key server stand.</summary>
    public IReadOnlyList<TicketKeyRingStatus> TicketKeys => [.. _handedOut.Values.Select(one => one.Ring.Status).OrderBy(status => status.Site, StringComparer.Ordinal)];

    /// <summary>Takes the cache that edges share: the one there is, or another. To be called before the sites are made.</summary>
    /// <param name="replaced">Receives what is to be disposed when handshakes under way have ended.</param>
    public void Share(SessionCacheConfig? config, ICollection<IAsyncDisposable> replaced)
    {
        if (config is not null && _shared?.IsOf(config) == true)
            return;
        if (_shared is not null)
            replaced.Add(_shared);
        _shared = config is null ? null : new SharedSessions(config, _loggers);
    }

    /// <summary>What a site's handshakes use.</summary>
    /// <param name="keyServer">Who has the site's keys; null where they are local.</param>
    /// <param name="certificates">The site's; its tickets at the key server belong to the first one's key.</param>
    /// <param name="replaced">Receives what is to be disposed when handshakes under way have ended.</param>
    public ResumptionOptions? Of(SiteConfig site, KeyServerClient? keyServer, IReadOnlyList<TlsCertificate> certificates, ICollection<IAsyncDisposable> replaced)
    {
        if (site.Resumption is not { } config)
            return null;
        var ticketKeys = config.Tickets == TicketArrangement.TicketKey ? RingOf(site, keyServer!, certificates[0], replaced) : null;
        return new ResumptionOptions
        {
            Tickets = TicketsOf(config, site, keyServer, certificates, ticketKeys),
            SessionIdentifiers = IdentifiersOf(config, site, certificates, ticketKeys),
            HolderTickets = config.Tickets != TicketArrangement.Off,
            HolderIdentifiers = config.SessionIds != SessionIdentifierArrangement.Off,
            Lifetime = config.Lifetime,
            Tls13Tickets = config.Tls13Tickets,
            SingleUse = config.SingleUse,
            MaxEarlyData = config.MaxEarlyData,
        };
    }

    /// <summary>What the custody of a site's remote keys is told.</summary>
    public CustodyOptions ForCustody(SiteConfig site) => new()
    {
        HandOverPrivateValue = site.HandsOverPrivateValue,
        FinishedAtEdge = site.FinishedAtEdge,
        KeepKey = site.KeepKey,
        StateRing = site.Resumption?.Tickets == TicketArrangement.State ? _ring : null,
        SealedSessions = site.Resumption?.SessionIds == SessionIdentifierArrangement.Edge
            ? _sealedSessions.GetOrAdd(site.Name, _ => new BoundedMemory(MaxSealedSessions, MaxSealedBytes, TimeProvider.System))
            : null,
    };

    /// <summary>Forgets what belongs to sites that are configured no more, or resume in another way.</summary>
    public void RemoveExcept(IReadOnlyList<SiteConfig> sites, ICollection<IAsyncDisposable> replaced)
    {
        foreach (var name in _handedOut.Keys.Except(sites.Where(site => site.Resumption?.Tickets == TicketArrangement.TicketKey).Select(site => site.Name)).ToList())
        {
            if (_handedOut.TryRemove(name, out var one))
                replaced.Add(one.Ring);
        }
        var inMemory = sites.Where(site => site.Resumption?.SessionIds == SessionIdentifierArrangement.Edge).Select(site => site.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in _memories.Keys.Where(name => !inMemory.Contains(name)))
        {
            if (_memories.TryRemove(name, out var memory))
                memory.Dispose();
        }
        foreach (var name in _sealedSessions.Keys.Where(name => !inMemory.Contains(name)))
        {
            if (_sealedSessions.TryRemove(name, out var states))
                states.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in _handedOut.Values)
            await one.Ring.DisposeAsync();
        foreach (var memory in _sealedSessions.Values)
            memory.Dispose();
        foreach (var memory in _memories.Values)
            memory.Dispose();
        if (_shared is not null)
            await _shared.DisposeAsync();
        _ring.Dispose();
    }

    private SessionStore? TicketsOf(ResumptionConfig config, SiteConfig site, KeyServerClient? keyServer, IReadOnlyList<TlsCertificate> certificates, KeyServerTicketKeyRing? ticketKeys) => config.Tickets switch
    {
        // With "state" it is TLS 1.3 that uses the store: there the edge has what a ticket is made of.
        TicketArrangement.Edge or TicketArrangement.State => new TicketStore("edge_ticket", _ring, CryptoProvider.Default),
        TicketArrangement.KeyServer when !certificates[0].Custody.KeepsSessions => new KeyServerTicketStore(keyServer!, certificates[0], site.Name),
        TicketArrangement.TicketKey => new TicketStore("ticket_key_ticket", ticketKeys!, CryptoProvider.Default),
        _ => null,
    };

    /// <summary>The ring that the site had before a reload, where it is of the same key at the same key server; it holds keys already.</summary>
    private KeyServerTicketKeyRing RingOf(SiteConfig site, KeyServerClient keyServer, TlsCertificate certificate, ICollection<IAsyncDisposable> replaced)
    {
        if (_handedOut.TryGetValue(site.Name, out var known) && known.KeyServer == keyServer && known.Certificate.PublicKey.SubjectPublicKeyInfo.Span.SequenceEqual(certificate.PublicKey.SubjectPublicKeyInfo.Span))
            return known.Ring;
        var ring = new KeyServerTicketKeyRing(keyServer, certificate, site.Name);
        _handedOut[site.Name] = new HandedOut(keyServer, certificate, ring);
        if (known is not null)
            replaced.Add(known.Ring);
        return ring;
    }

    private SessionCache? IdentifiersOf(ResumptionConfig config, SiteConfig site, IReadOnlyList<TlsCertificate> certificates, KeyServerTicketKeyRing? ticketKeys) => config.SessionIds switch
    {
        SessionIdentifierArrangement.Shared => _shared!.Of(ticketKeys),
        SessionIdentifierArrangement.Edge when !certificates[0].Custody.KeepsSessions => _memories.GetOrAdd(site.Name, _ => new MemorySessionCache(TimeProvider.System)),
        _ => null,
    };

    private sealed record HandedOut(KeyServerClient KeyServer, TlsCertificate Certificate, KeyServerTicketKeyRing Ring);
}
