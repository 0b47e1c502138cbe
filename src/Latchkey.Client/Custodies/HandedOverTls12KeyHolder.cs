using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls12;

namespace Latchkey.Client.Custodies;

/// <summary>The key server makes the private value and hands it over with the signature: the rest is computed here, and there is no second question (K3a).</summary>
internal sealed class HandedOverTls12KeyHolder(KeyServerClient client, HandshakeFacts facts) : Tls12KeyHolder
{
    private readonly Tls12Questions _questions = new(client, facts);
    private KeyExchange? _exchange;

    public override ReadOnlyMemory<byte> ServerRandom => _questions.ServerRandom.Value;

    public override async ValueTask<Tls12Offer> OfferAsync(NamedGroup group, SignatureScheme scheme, CancellationToken cancellationToken)
    {
        var (offer, privateValue) = await _questions.OfferAsync(group, scheme, handsOver: true, cancellationToken);
        using (privateValue)
            _exchange = Import(group, privateValue);
        return offer;
    }

    public override async ValueTask<Tls12Secrets> AgreeAsync(Tls12Agreement agreement, CancellationToken cancellationToken)
    {
        if (_exchange is null)
            return await RemoteMasterSecret.AskAsync(_questions, facts, null, agreement, cancellationToken);
        // RFC 8422 §5.11 (attack 18), as with a pair of our own.
        using var premaster = _exchange.DeriveSharedSecret(agreement.ClientValue.Span)
            ?? throw new PeerMisbehavedException(AlertDescription.IllegalParameter, $"The client's {_exchange.Group} value is not valid.");
        var master = MasterSecret.Derive(facts.Crypto, facts.CipherSuite.Digest(), premaster, facts.ClientHello.Random.Span, ServerRandom.Span, agreement.SessionHash);
        return new LocalTls12Secrets(facts.Crypto, facts.CipherSuite, master, facts.ClientHello.Random.Span, ServerRandom.Span);
    }

    public override void Dispose() => _exchange?.Dispose();

    private KeyExchange Import(NamedGroup group, SecretBytes privateValue)
    {
        try
        {
            return facts.Crypto.ImportKeyExchange(group, privateValue.Span);
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or ArgumentException)
        {
            throw _questions.NotAnAnswer("offer key exchange");
        }
    }
}
