using System.Collections.Concurrent;
using Latchkey.Client;
using Latchkey.Configuration;
using Latchkey.Crypto;
using Latchkey.Tickets;
using Latchkey.Tls;
using Latchkey.Tls.Sessions;

namespace Latchkey.Edge;

/// <summary>
/// Where the sites' sessions wait. One for the process: ring and memory outlive reloads, so that a changed configuration costs nobody a full handshake that did not
/// change that site.
/// </summary>
internal sealed class SiteSessions : IDisposable
{
    private readonly SharedTicketKeyRing _ring;
    private readonly ConcurrentDictionary<string, MemorySessionCache> _memories = new(StringComparer.Ordinal);

    public SiteSessions()
    {
        using var secret = SecretBytes.Random(TicketKey.SecretSize);
        // What a site allows is the session's lifetime, which its facts say; the key has to last for the longest there is.
        _ring = new SharedTicketKeyRing(secret.Span, TimeSpan.FromHours(12), ResumptionPolicy.MaxLifetime, CryptoProvider.Default, TimeProvider.System);
    }

    /// <summary>What a site's handshakes use.</summary>
    /// <param name="keyServer">Who has the site's keys; null where they are local.</param>
    /// <param name="certificates">The site's; its tickets at the key server belong to the first one's key.</param>
    public ResumptionOptions? Of(SiteConfig site, KeyServerClient? keyServer, IReadOnlyList<TlsCertificate> certificates)
    {
        if (site.Resumption is not { } config)
            return null;
        return new ResumptionOptions
        {
            Tickets = TicketsOf(config, site, keyServer, certificates),
            SessionIdentifiers = IdentifiersOf(config, site),
            HolderTickets = config.Tickets != TicketArrangement.Off,
            HolderIdentifiers = config.SessionIds != SessionIdentifierArrangement.Off,
            Lifetime = config.Lifetime,
            Tls13Tickets = config.Tls13Tickets,
            SingleUse = config.SingleUse,
            MaxEarlyData = config.MaxEarlyData,
        };
    }

    public void Dispose()
    {
        foreach (var memory in _memories.Values)
            memory.Dispose();
        _ring.Dispose();
    }

    private SessionStore? TicketsOf(ResumptionConfig config, SiteConfig site, KeyServerClient? keyServer, IReadOnlyList<TlsCertificate> certificates) => config.Tickets switch
    {
        TicketArrangement.Edge => new TicketStore("edge_ticket", _ring, CryptoProvider.Default),
        _ => null,
    };

    private SessionCache? IdentifiersOf(ResumptionConfig config, SiteConfig site) => config.SessionIds switch
    {
        SessionIdentifierArrangement.Edge => _memories.GetOrAdd(site.Name, _ => new MemorySessionCache(TimeProvider.System)),
        _ => null,
    };
}
