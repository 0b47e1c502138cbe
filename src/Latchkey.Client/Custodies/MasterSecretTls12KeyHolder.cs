using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls12;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>The key server has private value and premaster secret and gives out the master secret (K3b, K4), with the session's state where one is to be sealed here (R7).</summary>
internal sealed class MasterSecretTls12KeyHolder(KeyServerClient client, HandshakeFacts facts, EdgeSealedSessions? sessions) : Tls12KeyHolder
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
        var session = sessions is null ? null : agreement.Session;
        // The identifier is for this side alone: the state comes here either way.
        using var reply = await _questions.AgreeAsync(KeyExchangeLevel.MasterSecret, _state, agreement, session is null ? null : session with { SessionIdentifier = default }, cancellationToken);
        return Read(reply.Span, session is null ? null : encoded => sessions!.Keep(encoded, session, facts.Crypto));
    }

    public override void Dispose() => _state?.Dispose();

    private LocalTls12Secrets Read(ReadOnlySpan<byte> payload, Func<SecretBytes, ReadOnlyMemory<byte>>? keep)
    {
        if (!MasterSecretReply.TryRead(payload, out var reply))
            throw _questions.NotAnAnswer("agree key exchange");
        using var state = SecretBytes.CopyOf(reply.Session);
        return new LocalTls12Secrets(facts.Crypto, facts.CipherSuite, SecretBytes.CopyOf(reply.MasterSecret), facts.ClientHello.Random.Span, ServerRandom.Span)
        {
            RenewedTicket = keep is null || state.Length == 0 ? default : keep(state),
        };
    }
}
