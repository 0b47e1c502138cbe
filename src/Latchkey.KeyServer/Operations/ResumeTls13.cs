using System.Security.Cryptography;
using System.Text;
using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Latchkey's operation 48: answers a TLS 1.3 ClientHello from a pre-shared key that is kept here, a ticket's (R4) or an external one (G4). The binder is verified here,
/// from the client's own message: neither the key nor the Early Secret leaves.
/// </summary>
internal sealed class ResumeTls13 : KeyOperation
{
    public override string Name => "resume_tls13";

    public override KeyDemand Demand(in KeylessItems items) => ResumeTls13Request.TryRead(items.Payload, out var request)
        ? new(request.Kind == Tls13KeyKind.Ticket ? KeyOperations.Resume : KeyOperations.PreSharedKeys, AnswerTls13.CustodyOf(request.Question.Level))
        : new(KeyOperations.Resume, KeyCustody.SessionKeys);

    public override int ExchangeMicroseconds(in KeylessItems items) => ResumeTls13Request.TryRead(items.Payload, out var request) ? 2 * ExchangeCost.Of((NamedGroup)request.Question.Group) : 0;

    public override KeylessError Check(in KeylessItems items, StoredKey key) =>
        ResumeTls13Request.TryRead(items.Payload, out _) ? KeylessError.None : KeylessError.Malformed;

    public override bool UsesPrivateKey(in KeylessItems items) => false;

    public override OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services)
    {
        if (!ResumeTls13Request.TryRead(items.Payload, out var request))
            return OperationResult.Failed(KeylessError.Malformed);
        using var flight = ReceivedTls13Flight.TryRead(request, items, lease, services);
        if (flight is null)
            return OperationResult.Failed(KeylessError.Malformed);
        var agreement = request.Kind == Tls13KeyKind.Ticket ? FromTicket(flight, request.Identity, lease, services) : FromExternalKey(flight, request.Identity, lease, services);
        if (agreement is null)
            return OperationResult.Failed(KeylessError.SessionUnknown);
        using (agreement)
        {
            try
            {
                var given = request.Question.Level == Tls13Level.HandshakeSecret ? GiveHandshakeSecret(flight, agreement) : GiveTrafficSecrets(flight, agreement, lease, services);
                return given with { Digest = SHA256.HashData(request.Question.Transcript) };
            }
            catch (PeerMisbehavedException e)
            {
                return OperationResult.Failed(e.Alert == AlertDescription.DecryptError ? KeylessError.BinderWrong : KeylessError.InvalidPublicValue);
            }
        }
    }

    /// <summary>null: unknown, or of another site, name, certificate, protocol or digest, or outlived (R10): all look alike to the edge, which does a full handshake.</summary>
    private static PreSharedTls13Agreement? FromTicket(ReceivedTls13Flight flight, int identity, KeyLease lease, OperationServices services)
    {
        var now = flight.Question.Session!.Facts;
        var offered = flight.Facts.ClientHello.PreSharedKey!;
        var tickets = new SessionTickets(lease, now.Site, services);
        using var session = tickets.TryOpen(offered.Identities[identity].Identity.Span);
        return session is not null && ResumptionPolicy.Judge(session.Facts, Terms(now)) == ResumptionResult.Resumed
            ? PreSharedTls13Agreement.ForSession(services.Crypto, session, offered, identity)
            : null;
    }

    private static ResumptionTerms Terms(SessionFacts now) => new()
    {
        Version = TlsVersion.Tls13,
        CipherSuites = [.. CipherSuiteFacts.All.Where(suite => suite.Version == TlsVersion.Tls13 && suite.Digest == now.CipherSuite.Digest()).Select(suite => suite.Suite)],
        Site = now.Site,
        ServerName = now.ServerName,
        ApplicationProtocol = now.ApplicationProtocol,
        CertificateFingerprints = [now.CertificateFingerprint],
        Lifetime = now.Lifetime,
        Now = now.Issued,
    };

    /// <summary>null: unknown, or not for clients of this edge. RFC 8446 §4.2.11: a key without a digest of its own goes with SHA-256.</summary>
    private static PreSharedTls13Agreement? FromExternalKey(ReceivedTls13Flight flight, int identity, KeyLease lease, OperationServices services)
    {
        var offered = flight.Facts.ClientHello.PreSharedKey!;
        using var key = services.PreSharedKeys.Find(offered.Identities[identity].Identity.Span, lease.Edge, Encoding.ASCII.GetBytes(flight.Facts.ClientHello.ServerName ?? ""), lease.Key.NamePatterns);
        return key is not null && flight.Facts.CipherSuite.Digest() == DigestAlgorithm.Sha256
            ? PreSharedTls13Agreement.WithExternalKey(services.Crypto, DigestAlgorithm.Sha256, key, offered, identity)
            : null;
    }

    private static OperationResult GiveHandshakeSecret(ReceivedTls13Flight flight, PreSharedTls13Agreement agreement)
    {
        using var agreed = Completed.Of(agreement.AgreeAsync(flight.Question, CancellationToken.None))!;
        return Reply(new Tls13AnswerFields { ServerShare = agreed.ServerShare.Span, Secret = agreed.HandshakeSecret.Span }, agreed.Resumed);
    }

    private static OperationResult GiveTrafficSecrets(ReceivedTls13Flight flight, PreSharedTls13Agreement agreement, KeyLease lease, OperationServices services)
    {
        using var ladder = new LocalTls13KeyHolder(agreement, flight.Facts);
        using var answer = Completed.Of(ladder.AnswerAsync(flight.Question, CancellationToken.None))!;
        using var end = Tls13FlightEnd.Of(flight, ladder, answer, lease, services);
        return Reply(end.Fields(answer), answer.Resumed);
    }

    private static OperationResult Reply(scoped in Tls13AnswerFields answer, SessionFacts? resumed)
    {
        var fields = new FieldWriter(2048);
        try
        {
            new ResumeTls13Reply { Answer = answer, Session = resumed is null ? default : SessionDescription.Encode(resumed) }.Write(ref fields);
            return OperationResult.Of(SecretBytes.CopyOf(fields.Written));
        }
        finally
        {
            fields.Dispose();
        }
    }
}
