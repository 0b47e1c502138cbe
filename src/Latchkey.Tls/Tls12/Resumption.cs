using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Tls12;

/// <summary>What became of the session that a ClientHello brings back. Owns the session where there is one.</summary>
internal sealed class Resumption : IDisposable
{
    /// <summary>The session that goes on; null: a full handshake follows.</summary>
    public Tls12ResumedSession? Session { get; private init; }

    /// <summary>The ServerHello of the session promises a new ticket (R8).</summary>
    public bool IsRenewed { get; private init; }

    /// <summary>For the statistics; null where the client brought nothing.</summary>
    public ResumptionAttempt? Attempt { get; private init; }

    /// <inheritdoc/>
    public void Dispose() => Session?.Dispose();

    /// <summary>Looks for the session that the hello names, by ticket, else by identifier, and judges it.</summary>
    /// <exception cref="PeerMisbehavedException">handshake_failure: the session has extended master secret, the hello has not.</exception>
    public static async ValueTask<Resumption> TryAsync(HandshakeStart start, Tls12Choice choice, CancellationToken cancellationToken)
    {
        // Sessions are of handshakes with certificates (see NewSession).
        if (start.Site.Resumption is not { } options || choice.PreSharedGroup is not null)
            return new Resumption();
        var found = choice.Certificate.Custody.KeepsTls12Sessions
            ? await AskHolderAsync(start, choice, options, cancellationToken)
            : await FindHereAsync(start, choice, options, cancellationToken);
        if (found.Session is { } session && await SessionClient.JudgeAsync(session.Facts, start.Site, start.Options.TimeProvider.GetUtcNow(), cancellationToken) is var verdict and not ResumptionResult.Resumed)
        {
            found.Dispose();
            return new Resumption { Attempt = found.Attempt! with { Result = verdict } };
        }
        // RFC 7627 §5.3: "If the original session used the "extended_master_secret" extension but the new ClientHello does not contain it, the server
        // MUST abort the abbreviated handshake." All that are kept used it.
        if (found.Session is null || start.Hello.ExtendedMasterSecret)
            return found;
        found.Dispose();
        throw new PeerMisbehavedException(AlertDescription.HandshakeFailure, "A session with extended master secret is to go on without.");
    }

    private static async ValueTask<Resumption> FindHereAsync(HandshakeStart start, Tls12Choice choice, ResumptionOptions options, CancellationToken cancellationToken)
    {
        // RFC 5077 §3.4: a client that brings a ticket may make up a session_id to recognise its acceptance by; only the ticket counts.
        if (options.Tickets is { } tickets && start.Hello.SessionTicket is { IsEmpty: false } ticket)
            return await JudgeAsync(start, choice, tickets.Name, await tickets.FindAsync(ticket, start.Site, cancellationToken), tickets, cancellationToken);
        if (options.SessionIdentifiers is { } identifiers && start.Hello.SessionId is { IsEmpty: false } identifier)
            return await JudgeAsync(start, choice, identifiers.Name, await identifiers.FindAsync(identifier, start.Site, cancellationToken), null, cancellationToken);
        return new Resumption();
    }

    /// <param name="found">Owned from here on.</param>
    /// <param name="tickets">Renews; null for a session found by its identifier.</param>
    private static async ValueTask<Resumption> JudgeAsync(HandshakeStart start, Tls12Choice choice, string arrangement, SessionState? found, SessionStore? tickets, CancellationToken cancellationToken)
    {
        using var state = found;
        var now = start.Options.TimeProvider.GetUtcNow();
        var result = state is null ? ResumptionResult.Unknown : ResumptionPolicy.Judge(state.Facts, ResumptionTerms.Tls12(start.Hello, start.Site, choice.ApplicationProtocol, now));
        var attempt = new ResumptionAttempt(arrangement, result);
        if (result != ResumptionResult.Resumed)
            return new Resumption { Attempt = attempt };
        var facts = state!.Facts;
        ReadOnlyMemory<byte>? renewed = null;
        if (tickets is not null && tickets.IsRenewalDue(start.Hello.SessionTicket!.Value, facts, now))
        {
            facts = facts with { Issued = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()) };
            renewed = await tickets.KeepAsync(new SessionState(facts, state.Secret), cancellationToken);
        }
        var serverRandom = FreshServerRandom.Create(ServerHandshake.Sentinel(start.Site), start.Options.TimeProvider).Value;
        var secrets = new LocalTls12Secrets(start.Options.Crypto, facts.CipherSuite, SecretBytes.CopyOf(state.Secret.Span), start.Hello.Random.Span, serverRandom.Span)
        {
            RenewedTicket = renewed ?? default,
        };
        var serverHello = EncodeServerHello(start, choice, serverRandom, facts.CipherSuite, renewed is not null);
        return new Resumption { Session = new Tls12ResumedSession(facts, serverHello, secrets), IsRenewed = renewed is not null, Attempt = attempt };
    }

    private static async ValueTask<Resumption> AskHolderAsync(HandshakeStart start, Tls12Choice choice, ResumptionOptions options, CancellationToken cancellationToken)
    {
        var hello = start.Hello;
        var ticket = options.HolderTickets && hello.SessionTicket is { } given ? given : default;
        if (ticket.IsEmpty && (hello.SessionId.IsEmpty || !options.HolderIdentifiers))
            return new Resumption();
        var renewal = ticket.IsEmpty ? null : NewSession.Plan(start, choice).ForHolder;
        var terms = ResumptionTerms.Tls12(hello, start.Site, choice.ApplicationProtocol, start.Options.TimeProvider.GetUtcNow());
        var question = new Tls12ResumptionQuestion
        {
            Handshake = ServerHandshake.Facts(start, choice),
            Terms = terms,
            ClientHello = start.HelloMessage,
            Ticket = ticket,
            Renewal = renewal,
            ServerHello = (random, suite) => EncodeServerHello(start, choice, random, suite, renewal is not null),
        };
        var session = await choice.Certificate.Custody.ResumeTls12Async(question, cancellationToken);
        // The holder does not know this site: whose session it was, which certificates it has now, what it would speak.
        var result = session is null ? ResumptionResult.Declined : ResumptionPolicy.Judge(session.Facts, terms);
        var attempt = new ResumptionAttempt(ticket.IsEmpty ? "key_server_session" : "key_server_ticket", result);
        if (result == ResumptionResult.Resumed)
            return new Resumption { Session = session, IsRenewed = renewal is not null, Attempt = attempt };
        session?.Dispose();
        return new Resumption { Attempt = attempt };
    }

    private static HandshakeMessage EncodeServerHello(HandshakeStart start, Tls12Choice choice, ReadOnlyMemory<byte> random, CipherSuite suite, bool isRenewed)
    {
        // No server_name: RFC 6066 §3, "When resuming a session, the server MUST NOT include a server_name extension". The session_id is the client's
        // own: that is how it learns that the session goes on (RFC 5246 §7.4.1.3, RFC 5077 §3.4).
        var extensions = ServerHello12Extensions.Answering(start.Hello, choice.ApplicationProtocol) with
        {
            // What the session has too, by policy.
            EncryptThenMac = start.Hello.EncryptThenMac && !CipherSuiteFacts.Of(suite).Cipher.IsAead,
            SessionTicket = isRenewed,
        };
        return ServerHello12.Encode(random.Span, start.Hello.SessionId.Span, suite, extensions);
    }
}
