using Latchkey.Tls.Custodies;

namespace Latchkey.Client.Custodies;

/// <summary>
/// The key server computes everything but the protection of records: this session's keys and both Finished values come here, never the master secret
/// (catalogue K3c, K5, F2, F3). So it also keeps the sessions (R2, R4, R9).
/// </summary>
internal sealed class SessionKeysCustody(KeyServerClient client, CustodyOptions options) : Custody
{
    public override string Name => "session-keys";

    public override bool KeepsSessions => true;

    public override Tls12KeyHolder BeginTls12(HandshakeFacts facts) => throw new NotSupportedException($"{client.Options.Name} {options}");

    public override Tls13KeyHolder BeginTls13(HandshakeFacts facts) => new RemoteTls13KeyHolder(client, facts);
}
