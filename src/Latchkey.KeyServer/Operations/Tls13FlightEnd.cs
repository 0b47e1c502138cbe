using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// What level traffic hands out of a flight beside its secrets: both Finished values and the tickets, in the same trip (F2, F3, R4). The client's Finished is known
/// before it comes, because the client has nothing to add to the transcript, unless it is asked for a certificate: then a sealed state goes out for operation 4F.
/// </summary>
internal sealed class Tls13FlightEnd : IDisposable
{
    private readonly SecretBytes _secrets;
    private byte[] _clientVerifyData = [];
    private byte[] _state = [];
    private byte[] _tickets = [];

    private Tls13FlightEnd(SecretBytes secrets) => _secrets = secrets;

    /// <summary>Computes it.</summary>
    /// <param name="answer">Lent.</param>
    public static Tls13FlightEnd Of(ReceivedTls13Flight flight, LocalTls13KeyHolder ladder, Tls13Answer answer, KeyLease lease, OperationServices services)
    {
        var end = new Tls13FlightEnd(Join(answer));
        using var transcript = FlightTranscript.ThroughFinished(flight.Question, answer);
        if (flight.Question.AsksForClientCertificate)
        {
            using var secrets = ladder.ExportEnd();
            end._state = SealedTls13End.Seal(secrets, flight.Facts.CipherSuite, transcript.CurrentHash(), flight.Question.Session, lease, services) ?? [];
            return end;
        }

        end._clientVerifyData = ladder.ClientVerifyData(transcript);
        if (Offer(flight.Question.Session, answer.Resumed) is { } offer)
        {
            transcript.Append(Finished.Encode(end._clientVerifyData));
            var store = new SessionTickets(lease, offer.Facts.Site, services);
            end._tickets = Encode(Completed.Of(ladder.MakeTicketsAsync(transcript, offer, store.Store, CancellationToken.None)));
        }

        return end;
    }

    /// <summary>Lent by this object and the answer.</summary>
    public Tls13AnswerFields Fields(Tls13Answer answer) => new()
    {
        ServerShare = answer.ServerShare.Span,
        Secret = _secrets.Span,
        ServerVerifyData = answer.VerifyData.Span,
        ClientVerifyData = _clientVerifyData,
        State = _state,
        Tickets = _tickets,
    };

    /// <summary>Zeroes the copy of the secrets.</summary>
    public void Dispose() => _secrets.Dispose();

    /// <summary>Tickets as replies carry them.</summary>
    public static byte[] Encode(IReadOnlyList<Tls13Ticket> tickets)
    {
        var fields = new FieldWriter(512);
        foreach (var ticket in tickets)
        {
            new Tls13TicketFields
            {
                Ticket = ticket.Ticket.Span,
                Nonce = ticket.Nonce.Span,
                AgeAdd = ticket.AgeAdd,
                LifetimeSeconds = (uint)ticket.Lifetime.TotalSeconds,
                MaxEarlyData = (uint)ticket.MaxEarlyData,
            }.Write(ref fields);
        }

        return fields.Written.ToArray();
    }

    /// <summary>A resumption does not prolong a session, nor change who its client is (R8).</summary>
    private static SessionOffer? Offer(SessionOffer? wanted, SessionFacts? resumed)
    {
        if (wanted is not { Count: > 0 } || resumed is null)
            return wanted is { Count: > 0 } ? wanted : null;
        var facts = wanted.Facts with { Established = resumed.Established, Lifetime = resumed.Lifetime, ClientCertificates = resumed.ClientCertificates };
        // A second at least, or the client would be told a lifetime of zero: "discard immediately".
        return ResumptionPolicy.Left(facts, facts.Lifetime, facts.Issued) < TimeSpan.FromSeconds(1) ? null : wanted with { Facts = facts };
    }

    private static SecretBytes Join(Tls13Answer answer)
    {
        var size = answer.ClientTraffic.Length;
        var joined = new SecretBytes(4 * size);
        answer.ClientHandshakeTraffic.Span.CopyTo(joined.Span);
        answer.ServerHandshakeTraffic.Span.CopyTo(joined.Span[size..]);
        answer.ClientTraffic.Span.CopyTo(joined.Span[(2 * size)..]);
        answer.ServerTraffic.Span.CopyTo(joined.Span[(3 * size)..]);
        return joined;
    }
}
