using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>The key server has the whole ladder and gives out this session's keys, both Finished values and the ticket, in one trip after the client's key exchange (K3c, K5, F2, F3, R4).</summary>
internal sealed class SessionKeysTls12KeyHolder(KeyServerClient client, HandshakeFacts facts, SessionIdentifiers identifiers) : Tls12KeyHolder
{
    private readonly Tls12Questions _questions = new(client, facts);
    private SecretBytes? _state;

    public override ReadOnlyMemory<byte> ServerRandom => _questions.ServerRandom.Value;

    public override async ValueTask<Tls12Offer> OfferAsync(NamedGroup group, SignatureScheme scheme, CancellationToken cancellationToken)
    {
        (var offer, _state) = await _questions.OfferAsync(group, scheme, handsOver: false, cancellationToken);
        return offer;
    }

    public override async ValueTask<Tls12Secrets> AgreeAsync(Tls12Agreement agreement, CancellationToken cancellationToken)
    {
        var session = agreement.Session;
        using var reply = await _questions.AgreeAsync(KeyExchangeLevel.SessionKeys, _state, agreement, session is null ? null : identifiers.AskFor(session), cancellationToken);
        if (!SessionKeysReply.TryRead(reply.Span, out var keys) || RemoteTls12Secrets.TryRead(facts.CipherSuite, keys) is not { } secrets)
            throw _questions.NotAnAnswer("agree key exchange");
        if (session is not null)
            identifiers.Keep(session, secrets.Ticket);
        return secrets;
    }

    public override void Dispose() => _state?.Dispose();
}
