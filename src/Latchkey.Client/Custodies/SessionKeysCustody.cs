using Latchkey.Crypto;
using Latchkey.Tickets;
using Latchkey.Tls.Custodies;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>
/// The key server computes everything but the protection of records: this session's keys and both Finished values come here, never the master secret
/// (catalogue K3c, K5, F2, F3). So it also keeps the sessions (R2, R4, R9).
/// </summary>
internal sealed class SessionKeysCustody(KeyServerClient client, CustodyOptions options) : Custody
{
    private const int SmallestSecret = 32;

    private readonly SessionIdentifiers _identifiers = options.SealedSessions is null ? new KeyServerIdentifiers() : new EdgeIdentifiers(options.SealedSessions);

    public override string Name => "session-keys";

    public override bool KeepsSessions => true;

    public override Tls12KeyHolder BeginTls12(HandshakeFacts facts) => new SessionKeysTls12KeyHolder(client, facts, _identifiers);

    public override async ValueTask<Tls12ResumedSession?> ResumeTls12Async(Tls12ResumptionQuestion question, CancellationToken cancellationToken)
    {
        SecretBytes? ticket;
        if (!question.Ticket.IsEmpty)
            ticket = SecretBytes.CopyOf(question.Ticket.Span);
        else if (!_identifiers.TryFind(question.Handshake.ClientHello.SessionId.Span, out ticket))
            return null;
        using (ticket)
            return await Tls12ResumptionAtKeyServer.AskAsync(client, question, ticket, cancellationToken);
    }

    public override Tls13KeyHolder BeginTls13(HandshakeFacts facts) => new SignedTls13KeyHolder(client, facts);

    /// <summary>null: too short to be a ticket, as the names of external keys mostly are; that saves a round trip.</summary>
    public override Tls13KeyHolder? BeginTls13Resumption(HandshakeFacts facts, int identity) =>
        facts.ClientHello.PreSharedKey!.Identities[identity].Identity.Length > SealedBox.Overhead + SmallestSecret
            ? new PreSharedTls13KeyHolder(client, facts, Tls13KeyKind.Ticket, identity)
            : null;
}
