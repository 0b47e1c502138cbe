using System.Security.Cryptography;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Tls12;

/// <summary>
/// The session that a full handshake offers its client: a ticket to one that asked for it (T4), else a session identifier, or nothing. Settled before ServerHello,
/// which has to say it, long before there is a secret.
/// </summary>
internal sealed record NewSession
{
    private readonly ResumptionOptions? _options;
    private readonly bool _holderKeeps;

    private NewSession(ResumptionOptions? options, bool holderKeeps, SessionFacts facts)
    {
        _options = options;
        _holderKeeps = holderKeeps;
        Facts = facts;
    }

    /// <summary>What the session says.</summary>
    public SessionFacts Facts { get; private init; }

    /// <summary>ServerHello promises a ticket.</summary>
    public bool IsTicket { get; private init; }

    /// <summary>The session_id of ServerHello; empty for a ticket or nothing.</summary>
    public ReadOnlyMemory<byte> Identifier { get; private init; }

    /// <summary>What a holder that keeps sessions is to make; null where there is nothing for it to do.</summary>
    public SessionOffer? ForHolder => _holderKeeps && (IsTicket || !Identifier.IsEmpty) ? new SessionOffer(Facts, Identifier, 1) : null;

    /// <summary>Settles what will be offered.</summary>
    public static NewSession Plan(HandshakeStart start, Tls12Choice choice)
    {
        // A session would outlive its pre-shared key's removal, and spare the client nothing: there is no signature to be spared. Attack 11: a session without extended master secret must never go on, so that there is no use in keeping one (RFC 7627 §5.3).
        var options = start.Hello.ExtendedMasterSecret && choice.PreSharedGroup is null ? start.Site.Resumption : null;
        var holderKeeps = choice.Certificate.Custody.KeepsTls12Sessions;
        var hasTickets = options is not null && (holderKeeps ? options.HolderTickets : options.Tickets is not null);
        var hasIdentifiers = options is not null && (holderKeeps ? options.HolderIdentifiers : options.SessionIdentifiers is not null);
        var isTicket = hasTickets && start.Hello.SessionTicket is not null;
        return new NewSession(options, holderKeeps, FactsOf(start, choice))
        {
            IsTicket = isTicket,
            // RFC 5077 §3.4 leaves it open to send an identifier beside a ticket; two places that keep one session are one too many.
            Identifier = hasIdentifiers && !isTicket ? RandomNumberGenerator.GetBytes(SessionCache.IdentifierSize) : [],
        };
    }

    /// <summary>The same, of a client that has shown who it is.</summary>
    public NewSession Of(IReadOnlyList<ReadOnlyMemory<byte>> clientCertificates) => this with { Facts = Facts with { ClientCertificates = clientCertificates } };

    /// <summary>Keeps the session, once the client's Finished is verified.</summary>
    /// <returns>The NewSessionTicket to be sent, or null. A ticket that was promised and cannot be made is an empty one (RFC 5077 §3.3).</returns>
    public async ValueTask<HandshakeMessage?> KeepAsync(Tls12Secrets secrets, CancellationToken cancellationToken)
    {
        var ticket = _holderKeeps ? secrets.Ticket : await KeepHereAsync(secrets, cancellationToken);
        return IsTicket ? NewSessionTicket12.Encode(Facts, ticket.Span) : null;
    }

    private async ValueTask<ReadOnlyMemory<byte>> KeepHereAsync(Tls12Secrets secrets, CancellationToken cancellationToken)
    {
        if (secrets.MasterSecret is not { } master)
            return default;
        var state = new SessionState(Facts, master);
        if (IsTicket)
            return await _options!.Tickets!.KeepAsync(state, cancellationToken) ?? default;
        if (!Identifier.IsEmpty)
            await _options!.SessionIdentifiers!.KeepAsync(Identifier, state, cancellationToken);
        return default;
    }

    private static SessionFacts FactsOf(HandshakeStart start, Tls12Choice choice)
    {
        // Whole milliseconds, as sessions are kept: what is sent and what comes back compare equal.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(start.Options.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds());
        return new SessionFacts
        {
            Version = TlsVersion.Tls12,
            CipherSuite = choice.Suite.Suite,
            Site = start.Site.Name,
            ServerName = start.Hello.ServerName,
            ApplicationProtocol = choice.ApplicationProtocol,
            CertificateFingerprint = choice.Certificate.Fingerprint,
            Established = now,
            Issued = now,
            EncryptThenMac = choice.EncryptThenMac,
            Lifetime = start.Site.Resumption?.Lifetime ?? TimeSpan.Zero,
        };
    }
}
