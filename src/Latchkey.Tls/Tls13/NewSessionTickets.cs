using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Tls13;

/// <summary>The tickets after a handshake, RFC 8446 §4.6.1.</summary>
internal static class NewSessionTickets
{
    /// <summary>psk_dhe_ke, RFC 8446 §4.2.9: the one mode with forward secrecy, and the only one used.</summary>
    private const byte PskWithKeyExchange = 1;

    /// <summary>Whether the client can use pre-shared keys as we do.</summary>
    public static bool AreOfUseTo(ClientHello hello) => hello.PskKeyExchangeModes is { } modes && modes.Span.Contains(PskWithKeyExchange);

    /// <summary>What a holder that keeps sessions is to make tickets of in the trip that answers; null: nothing, or the edge makes them itself.</summary>
    public static SessionOffer? OfferToHolder(HandshakeStart start, Tls13Choice choice, FlightPlan plan) =>
        plan.Certificate is { Custody.KeepsSessions: true } && start.Site.Resumption is { HolderTickets: true } ? Offer(start, choice, plan, resumed: null, []) : null;

    /// <summary>Makes them, after the client's Finished. Never fails: a connection without tickets is as good as any. What it needs of the flight it
    /// takes before it waits for anything.</summary>
    /// <param name="start">The handshake.</param>
    /// <param name="choice">Its application protocol.</param>
    /// <param name="flight">Its transcript goes through the client's Finished.</param>
    /// <param name="client">The certificates that the client has shown.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async ValueTask<IReadOnlyList<HandshakeMessage>> MakeAsync(HandshakeStart start, Tls13Choice choice, ServerFlight flight, IReadOnlyList<ReadOnlyMemory<byte>> client, CancellationToken cancellationToken)
    {
        if (Offer(start, choice, flight.Plan, flight.Answer.Resumed, client) is not { } offer)
            return [];
        try
        {
            var store = flight.Plan.Certificate!.Custody.KeepsSessions ? null : start.Site.Resumption!.Tickets;
            var tickets = await flight.Plan.Holder.MakeTicketsAsync(flight.Transcript, offer, store, cancellationToken);
            return [.. tickets.Select(NewSessionTicket13.Encode)];
        }
        catch (KeyHolderFailedException)
        {
            return [];
        }
    }

    private static SessionOffer? Offer(HandshakeStart start, Tls13Choice choice, FlightPlan plan, SessionFacts? resumed, IReadOnlyList<ReadOnlyMemory<byte>> client)
    {
        if (start.Site.Resumption is not { } options || !plan.MakesTickets || !AreOfUseTo(start.Hello))
            return null;
        // Whole milliseconds, as sessions are kept: what is sent and what comes back compare equal.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(start.Options.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds());
        var facts = new SessionFacts
        {
            Version = TlsVersion.Tls13,
            CipherSuite = plan.Suite,
            Site = start.Site.Name,
            ServerName = start.Hello.ServerName,
            ApplicationProtocol = choice.ApplicationProtocol,
            CertificateFingerprint = plan.Certificate!.Fingerprint,
            // A resumption does not prolong a session; a holder that keeps sessions puts in what it knows of it.
            Established = resumed?.Established ?? now,
            Issued = now,
            Lifetime = resumed?.Lifetime ?? options.Lifetime,
            ClientCertificates = resumed?.ClientCertificates ?? client,
            MaxEarlyData = options.MaxEarlyData,
        };
        // A second at least, or the client would be told a lifetime of zero: "discard immediately".
        if (facts.Established + facts.Lifetime - now < TimeSpan.FromSeconds(1))
            return null;
        return new SessionOffer(facts, default, plan.Identity is null ? options.Tls13Tickets : 1);
    }
}
