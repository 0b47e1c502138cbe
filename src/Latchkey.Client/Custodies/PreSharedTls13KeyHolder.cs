using Latchkey.Tls.Custodies;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>Custody <c>session-keys</c>: a handshake from a pre-shared key that the key server has, a ticket's (R4) or an external one (G4).</summary>
/// <param name="kind">Which of the two.</param>
/// <param name="identity">Index among the identities of the ClientHello.</param>
internal sealed class PreSharedTls13KeyHolder(KeyServerClient client, HandshakeFacts facts, Tls13KeyKind kind, int identity) : TrafficTls13KeyHolder(client, facts)
{
    public override async ValueTask<Tls13Answer?> AnswerAsync(Tls13Question question, CancellationToken cancellationToken)
    {
        using var payload = await Questions.ResumeAsync(question, Tls13Level.TrafficSecrets, kind, identity, cancellationToken);
        if (payload is null)
            return null;
        var reply = Questions.ReadResumption(payload, question, out var resumed);
        return Take(reply.Answer, question, signature: default, resumed);
    }
}
