using Latchkey.Crypto;
using Latchkey.Tls.Custodies;

namespace Latchkey.Client.Custodies;

/// <summary>What all holders share whose ephemeral key pair is made at the key server and stays there: the first question, and the sealed state for the second (K3).</summary>
internal abstract class KeyServerTls12KeyHolder(KeyServerClient client, HandshakeFacts facts) : Tls12KeyHolder
{
    public sealed override ReadOnlyMemory<byte> ServerRandom => Questions.ServerRandom.Value;

    protected HandshakeFacts Facts { get; } = facts;

    protected Tls12Questions Questions { get; } = new(client, facts);

    /// <summary>What the key server sealed for its second question; null with RSA key exchange, where there is no first.</summary>
    protected SecretBytes? State { get; private set; }

    public sealed override async ValueTask<Tls12Offer> OfferAsync(NamedGroup group, SignatureScheme scheme, CancellationToken cancellationToken)
    {
        (var offer, State) = await Questions.OfferAsync(group, scheme, handsOver: false, cancellationToken);
        return offer;
    }

    public sealed override void Dispose() => State?.Dispose();
}
