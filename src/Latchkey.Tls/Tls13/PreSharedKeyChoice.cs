using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Tls13;

/// <summary>Finds the pre-shared key to go on with among those that a ClientHello offers (RFC 8446 §4.2.11): sessions of ours and external keys.</summary>
internal sealed class PreSharedKeyChoice(HandshakeStart start, Tls13Choice choice, SettledHello hello, bool canDeliverEarlyData)
{
    /// <summary>Identities looked at. Clients offer one or two; each costs an opened ticket, or a question to whoever opens them, that nobody has paid for yet.</summary>
    private const int MaxIdentities = 4;

    /// <summary>Answers asked for in vain before a full handshake: each may be a round trip.</summary>
    private const int MaxDeclined = 2;

    private readonly TlsSite _site = start.Site;
    private readonly CryptoProvider _crypto = start.Options.Crypto;

    /// <summary>What became of the first session that was offered, or of the one that goes on; null where none was.</summary>
    public ResumptionAttempt? Attempt { get; private set; }

    /// <summary>The flight that the first acceptable key yields; null: a full handshake follows.</summary>
    /// <exception cref="Alerts.PeerMisbehavedException">decrypt_error: the binder of a key that would be accepted is wrong.</exception>
    public async ValueTask<ServerFlight?> TryAsync(CancellationToken cancellationToken)
    {
        if (hello.ClientHello.PreSharedKey is not { } offered || !NewSessionTickets.AreOfUseTo(hello.ClientHello))
            return null;
        var declined = 0;
        for (var identity = 0; identity < Math.Min(offered.Identities.Count, MaxIdentities) && declined < MaxDeclined; identity++)
        {
            foreach (var find in (Func<int, CancellationToken, ValueTask<FlightPlan?>>[])[FindSessionAsync, FindKeptSessionAsync, FindExternalKeyAsync])
            {
                if (await find(identity, cancellationToken) is not { } plan)
                    continue;
                if (await ServerFlight.AskAsync(start, choice, hello, plan, cancellationToken) is { } flight && await AcceptAsync(flight, cancellationToken))
                    return flight;
                declined++;
            }
        }

        return null;
    }

    /// <summary>Whether the session of a flight, where there is one, goes on here. What its custody keeps is known only now.</summary>
    /// <param name="flight">Disposed where it does not.</param>
    private async ValueTask<bool> AcceptAsync(ServerFlight flight, CancellationToken cancellationToken)
    {
        // An external key's identity is no session that failed.
        if (!flight.Plan.Resumes && flight.Plan.Identity == 0)
            Attempt = null;
        if (!flight.Plan.Resumes || Attempt is not { Result: ResumptionResult.Declined })
            return true;
        var result = flight.Answer.Resumed is { } kept ? await SessionClient.JudgeAsync(kept, _site, Now, cancellationToken) : ResumptionResult.Resumed;
        if (result == ResumptionResult.Resumed && !UsesUp(flight))
            result = ResumptionResult.UsedBefore;
        Attempt = Attempt with { Result = result };
        if (result != ResumptionResult.Resumed)
            flight.Dispose();
        return result == ResumptionResult.Resumed;
    }

    /// <summary>Uses up the ticket of a session that its custody keeps, where each is good for one use. Whoever answered has verified the binder.</summary>
    private bool UsesUp(ServerFlight flight)
    {
        if (_site.Resumption is not { SingleUse: true } options)
            return true;
        var ticket = hello.ClientHello.PreSharedKey!.Identities[flight.Plan.Identity!.Value].Identity;
        var end = flight.Answer.Resumed is { } facts ? facts.Established + facts.Lifetime : Now + options.Lifetime;
        return start.Options.UsedTickets.TryUse(ticket.Span, end, Now);
    }

    /// <summary>A session whose secret is at the edge.</summary>
    private async ValueTask<FlightPlan?> FindSessionAsync(int identity, CancellationToken cancellationToken)
    {
        if (_site.Resumption is not { Tickets: { } store } options || KeepsSessions)
            return null;
        var offered = hello.ClientHello.PreSharedKey!;
        var ticket = offered.Identities[identity].Identity;
        using var session = await store.FindAsync(ticket, _site, cancellationToken);
        var suite = session is null ? choice.Suite : SuiteFor(session.Facts);
        var result = Judge(session, suite);
        if (result == ResumptionResult.Resumed)
            result = await SessionClient.JudgeAsync(session!.Facts, _site, Now, cancellationToken);
        if (result != ResumptionResult.Resumed)
        {
            Attempt ??= new ResumptionAttempt(store.Name, result);
            return null;
        }

        var wantsEarlyData = options.MaxEarlyData > 0 && MayDeliverEarlyData(identity, session!.Facts, suite);
        if (options.SingleUse || wantsEarlyData)
            CheckBinder(session!, suite, identity);
        if (options.SingleUse && !start.Options.UsedTickets.TryUse(ticket.Span, session!.Facts.Established + session.Facts.Lifetime, Now))
        {
            Attempt ??= new ResumptionAttempt(store.Name, ResumptionResult.UsedBefore);
            return null;
        }

        Attempt = new ResumptionAttempt(store.Name, ResumptionResult.Resumed);
        var certificate = _site.Certificates.FirstOrDefault(certificate => certificate.Fingerprint.Span.SequenceEqual(session!.Facts.CertificateFingerprint.Span));
        return new FlightPlan
        {
            Suite = suite,
            Holder = new LocalTls13KeyHolder(PreSharedTls13Agreement.ForSession(_crypto, session!, offered, identity), Facts(suite)),
            Identity = identity,
            Resumes = true,
            Certificate = certificate,
            MakesTickets = certificate is not null,
            AcceptsEarlyData = wantsEarlyData && start.Options.EarlyDataGuard.TryAdmit(session!.Facts, offered.Identities[identity].ObfuscatedTicketAge, offered.Binders[identity].Span, Now),
        };
    }

    /// <summary>A session that its custody keeps. Only the first identity is asked for: the answer is a round trip away.</summary>
    private ValueTask<FlightPlan?> FindKeptSessionAsync(int identity, CancellationToken cancellationToken)
    {
        if (_site.Resumption is not { HolderTickets: true } || !KeepsSessions || identity > 0)
            return default;
        var certificate = choice.Certificate!.Certificate;
        if (certificate.Custody.BeginTls13Resumption(Facts(choice.Suite), identity) is not { } holder)
            return default;
        Attempt = new ResumptionAttempt("key_server_ticket", ResumptionResult.Declined);
        return ValueTask.FromResult<FlightPlan?>(new FlightPlan { Suite = choice.Suite, Holder = holder, Identity = identity, Resumes = true, Certificate = certificate, MakesTickets = true });
    }

    private ValueTask<FlightPlan?> FindExternalKeyAsync(int identity, CancellationToken cancellationToken)
    {
        if (_site.UsablePreSharedKeys is not { } keys || SuiteWith(keys.DigestOf(hello.ClientHello.PreSharedKey!.Identities[identity].Identity)) is not { } suite)
            return default;
        return keys.BeginTls13(Facts(suite), identity) is { } holder
            ? ValueTask.FromResult<FlightPlan?>(new FlightPlan { Suite = suite, Holder = holder, Identity = identity })
            : default;
    }

    /// <summary>What remembers, remembers only what a client with the key has sent: otherwise anybody could fill it, or use up a ticket that was seen on the wire.</summary>
    private void CheckBinder(SessionState session, CipherSuite suite, int identity)
    {
        using var agreement = PreSharedTls13Agreement.ForSession(_crypto, session, hello.ClientHello.PreSharedKey!, identity);
        using var transcript = hello.BeginTranscript(_crypto, suite.Digest());
        agreement.CheckBinder(transcript);
    }

    private bool KeepsSessions => choice.Certificate is { Certificate.Custody.KeepsSessions: true };

    private DateTimeOffset Now => start.Options.TimeProvider.GetUtcNow();

    private ResumptionResult Judge(SessionState? session, CipherSuite suite) => session is null
        ? ResumptionResult.Unknown
        : ResumptionPolicy.Judge(session.Facts, ResumptionTerms.Tls13(hello.ClientHello, _site, suite, choice.ApplicationProtocol, Now));

    /// <summary>The session's own suite where that is possible, for early data needs it; else one of its digest; else one that the policy refuses.</summary>
    private CipherSuite SuiteFor(SessionFacts session) =>
        !hello.WasRetried && Common.Any(facts => facts.Suite == session.CipherSuite) ? session.CipherSuite : SuiteWith(session.CipherSuite.Digest()) ?? choice.Suite;

    /// <summary>The best suite of a digest; the one chosen where that has it. null: there is none, or it is too late for another (HelloRetryRequest).</summary>
    private CipherSuite? SuiteWith(DigestAlgorithm digest)
    {
        if (choice.Suite.Digest() == digest)
            return choice.Suite;
        return hello.WasRetried ? null : Common.FirstOrDefault(facts => facts.Digest == digest)?.Suite;
    }

    private IEnumerable<CipherSuiteFacts> Common => SuitePreference.Common(hello.ClientHello, TlsVersion.Tls13, _site);

    /// <summary>RFC 8446 §4.2.10: only with the first identity, the session's suite and protocol (which the policy has compared), and without a HelloRetryRequest.</summary>
    private bool MayDeliverEarlyData(int identity, SessionFacts session, CipherSuite suite) =>
        canDeliverEarlyData && hello.ClientHello.EarlyData && !hello.WasRetried && identity == 0 && session.MaxEarlyData > 0 && suite == session.CipherSuite;

    private HandshakeFacts Facts(CipherSuite suite) =>
        hello.Facts(start, suite, choice.Certificate?.Certificate ?? _site.Certificates[0]);
}
