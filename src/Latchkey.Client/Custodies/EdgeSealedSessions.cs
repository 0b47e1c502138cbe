using Latchkey.Crypto;
using Latchkey.Tickets;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tls12;

namespace Latchkey.Client.Custodies;

/// <summary>Session states that a key server made, in tickets under a ring that only the edge knows (R7): a resumption asks nobody.</summary>
internal sealed class EdgeSealedSessions(TicketKeyRing ring)
{
    /// <summary>Seals a state as the key server sent it.</summary>
    /// <param name="encoded">Lent.</param>
    /// <returns>The ticket; empty: for a session with an identifier, which has no place here, and where no key is fresh.</returns>
    public ReadOnlyMemory<byte> Keep(SecretBytes encoded, SessionOffer offer, CryptoProvider crypto) =>
        offer.SessionIdentifier.IsEmpty ? SealedBox.Seal(crypto, ring, encoded.Span, TicketStore.ContextOf(offer.Facts.Site)) : default;

    /// <summary>Goes on with a session. null: not a ticket of ours, or of another site.</summary>
    public Tls12ResumedSession? Resume(Tls12ResumptionQuestion question)
    {
        var handshake = question.Handshake;
        using var encoded = SealedBox.TryOpen(handshake.Crypto, ring, question.Ticket.Span, TicketStore.ContextOf(question.Terms.Site));
        using var state = encoded is null ? null : SessionStateEncoding.TryDecode(encoded);
        if (state is null || state.Facts.Version != TlsVersion.Tls12)
            return null;
        var facts = question.Renewal is null ? state.Facts : state.Facts with { Issued = question.Renewal.Facts.Issued };
        var random = FreshServerRandom.Create(handshake.Sentinel, handshake.TimeProvider).Value;
        var secrets = new LocalTls12Secrets(handshake.Crypto, facts.CipherSuite, SecretBytes.CopyOf(state.Secret.Span), handshake.ClientHello.Random.Span, random.Span)
        {
            RenewedTicket = question.Renewal is null ? default : Renew(new SessionState(facts, state.Secret), handshake.Crypto),
        };
        return new Tls12ResumedSession(facts, question.ServerHello(random, facts.CipherSuite), secrets);
    }

    private byte[]? Renew(SessionState state, CryptoProvider crypto)
    {
        using var encoded = SessionStateEncoding.Encode(state);
        return encoded is null ? null : SealedBox.Seal(crypto, ring, encoded.Span, TicketStore.ContextOf(state.Facts.Site));
    }
}
