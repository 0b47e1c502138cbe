using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls13;

namespace Latchkey.Client.Custodies;

/// <summary>
/// As <see cref="ExchangeCustody"/>, and the key server derives the master secret as well: no premaster or shared secret comes here (catalogue K3b, K4).
/// </summary>
internal sealed class MasterSecretCustody(KeyServerClient client, CustodyOptions options) : Custody
{
    private readonly Tls13Cut _cut = new Tls13Cut.AtHandshakeSecret();
    private readonly EdgeSealedSessions? _sessions = options.StateRing is null ? null : new EdgeSealedSessions(options.StateRing);

    public override string Name => "master-secret";

    public override bool KeepsTls12Sessions => _sessions is not null;

    public override Tls12KeyHolder BeginTls12(HandshakeFacts facts) => new MasterSecretTls12KeyHolder(client, facts, _sessions);

    public override ValueTask<Tls12ResumedSession?> ResumeTls12Async(Tls12ResumptionQuestion question, CancellationToken cancellationToken) =>
        ValueTask.FromResult(question.Ticket.IsEmpty ? null : _sessions?.Resume(question));

    public override Tls13KeyHolder BeginTls13(HandshakeFacts facts) => new LocalTls13KeyHolder(new RemoteTls13Agreement(client, facts, _cut), facts);
}
