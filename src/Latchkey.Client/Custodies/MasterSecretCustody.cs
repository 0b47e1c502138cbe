using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls13;

namespace Latchkey.Client.Custodies;

/// <summary>
/// As <see cref="ExchangeCustody"/>, and the key server derives the master secret as well: no premaster or shared secret comes here (catalogue K3b, K4).
/// </summary>
internal sealed class MasterSecretCustody(KeyServerClient client, CustodyOptions options) : Custody
{
    private readonly Tls13Cut _cut = new Tls13Cut.AtHandshakeSecret();

    public override string Name => "master-secret";

    public override Tls12KeyHolder BeginTls12(HandshakeFacts facts) => throw new NotSupportedException($"{client.Options.Name} {options}");

    public override Tls13KeyHolder BeginTls13(HandshakeFacts facts) => new LocalTls13KeyHolder(new RemoteTls13Agreement(client, facts, _cut), facts);
}
