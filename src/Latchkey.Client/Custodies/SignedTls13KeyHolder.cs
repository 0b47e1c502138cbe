using Latchkey.Tls.Custodies;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>Custody <c>session-keys</c>: a full handshake, which the certificate's key signs.</summary>
internal sealed class SignedTls13KeyHolder(KeyServerClient client, HandshakeFacts facts) : TrafficTls13KeyHolder(client, facts)
{
    public override async ValueTask<Tls13Answer?> AnswerAsync(Tls13Question question, CancellationToken cancellationToken)
    {
        using var payload = await Questions.AnswerAsync(question, Tls13Level.TrafficSecrets, cancellationToken);
        var reply = Questions.ReadAnswer(payload);
        return Take(reply.Answer, question, reply.Signature, resumed: null);
    }
}
