using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Tls13;

/// <summary>The sessions that follow from a handshake, put where they wait (RFC 8446 §4.6.1).</summary>
internal static class ResumptionTickets
{
    /// <summary>Makes as many as are offered, each with a key of its own.</summary>
    /// <param name="secrets">Lent.</param>
    /// <param name="transcript">Through the client's Finished. Lent; not changed.</param>
    /// <param name="offer">What they are to say.</param>
    /// <param name="store">Where they wait.</param>
    public static async ValueTask<IReadOnlyList<Tls13Ticket>> MakeAsync(ApplicationSecrets secrets, Transcript transcript, SessionOffer offer, SessionStore store, CancellationToken cancellationToken)
    {
        using var resumptionSecret = secrets.ResumptionSecret(transcript.CurrentHash());
        var tickets = new List<Tls13Ticket>(offer.Count);
        for (byte nonce = 0; nonce < Math.Min(offer.Count, byte.MaxValue); nonce++)
        {
            var facts = offer.Facts with { AgeAdd = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4)) };
            using var state = new SessionState(facts, secrets.PreSharedKey(resumptionSecret, nonce));
            if (await store.KeepAsync(state, cancellationToken) is { IsEmpty: false } ticket)
                tickets.Add(new Tls13Ticket(ticket, (byte[])[nonce], facts.AgeAdd, facts.Established + facts.Lifetime - facts.Issued, facts.MaxEarlyData));
        }

        return tickets;
    }
}
