using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls12;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>The key server has the private value and gives out the premaster secret (K3); of an RSA key exchange, the master secret (K4).</summary>
internal sealed class ExchangeTls12KeyHolder(KeyServerClient client, HandshakeFacts facts) : Tls12KeyHolder
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
        if (_state is null)
            return await RemoteMasterSecret.AskAsync(_questions, facts, null, agreement, cancellationToken);
        using var premaster = await _questions.AgreeAsync(KeyExchangeLevel.Premaster, _state, agreement, session: null, cancellationToken);
        var master = MasterSecret.Derive(facts.Crypto, facts.CipherSuite.Digest(), premaster, facts.ClientHello.Random.Span, ServerRandom.Span, agreement.SessionHash);
        return new LocalTls12Secrets(facts.Crypto, facts.CipherSuite, master, facts.ClientHello.Random.Span, ServerRandom.Span);
    }

    public override void Dispose() => _state?.Dispose();
}
