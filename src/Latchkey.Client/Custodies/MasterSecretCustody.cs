using Latchkey.Tls.Custodies;

namespace Latchkey.Client.Custodies;

/// <summary>
/// As <see cref="ExchangeCustody"/>, and the key server derives the master secret as well: no premaster or shared secret comes here (catalogue K3b, K4).
/// </summary>
internal sealed class MasterSecretCustody(KeyServerClient client, CustodyOptions options) : Custody
{
    public override string Name => "master-secret";

    public override Tls12KeyHolder BeginTls12(HandshakeFacts facts) => throw new NotSupportedException($"{client.Options.Name} {options}");

    public override Tls13KeyHolder BeginTls13(HandshakeFacts facts) => throw new NotSupportedException("TLS 1.3 with custody master-secret.");
}
