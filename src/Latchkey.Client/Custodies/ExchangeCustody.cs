using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls13;

namespace Latchkey.Client.Custodies;

/// <summary>
/// The key server makes and signs the ephemeral key pair and keeps its private value; this side gets the shared secret and computes everything that follows
/// (catalogue K3; with <see cref="CustodyOptions.HandOverPrivateValue"/> K3a). An RSA premaster does not leave: the master secret does (K4).
/// </summary>
internal sealed class ExchangeCustody(KeyServerClient client, CustodyOptions options) : Custody
{
    private readonly Tls13Cut _cut = options.HandOverPrivateValue ? new Tls13Cut.AtPrivateValue() : new Tls13Cut.AtSharedSecret();

    public override string Name => "exchange";

    public override Tls12KeyHolder BeginTls12(HandshakeFacts facts) => options.HandOverPrivateValue
        ? new HandedOverTls12KeyHolder(client, facts)
        : new ExchangeTls12KeyHolder(client, facts);

    public override Tls13KeyHolder BeginTls13(HandshakeFacts facts) => new LocalTls13KeyHolder(new RemoteTls13Agreement(client, facts, _cut), facts);
}
