using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>The key server has the whole ladder and gives out this session's keys, both Finished values and the ticket, in one trip after the client's key exchange (K3c, K5, F2, F3, R4).</summary>
internal sealed class SessionKeysTls12KeyHolder(KeyServerClient client, HandshakeFacts facts, SessionIdentifiers identifiers) : KeyServerTls12KeyHolder(client, facts)
{
    public override async ValueTask<Tls12Secrets> AgreeAsync(Tls12Agreement agreement, CancellationToken cancellationToken)
    {
        var session = agreement.Session;
        using var reply = await Questions.AgreeAsync(KeyExchangeLevel.SessionKeys, State, agreement, session is null ? null : identifiers.AskFor(session), cancellationToken);
        if (!SessionKeysReply.TryRead(reply.Span, out var keys) || RemoteTls12Secrets.TryRead(Facts.CipherSuite, keys) is not { } secrets)
            throw Questions.NotAnAnswer("agree key exchange");
        if (session is not null)
            identifiers.Keep(session, secrets.Ticket);
        return secrets;
    }
}
