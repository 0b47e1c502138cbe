using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls13;

namespace Latchkey.Client.Custodies;

/// <summary>The upper end of a TLS 1.3 ladder at a key server: share, signature and the secret of the cut come in one round trip; what follows is computed here.</summary>
internal sealed class RemoteTls13Agreement(KeyServerClient client, HandshakeFacts facts, Tls13Cut cut) : ITls13Agreement
{
    private readonly Tls13Questions _questions = new(client, facts);

    public async ValueTask<Tls13Agreed?> AgreeAsync(Tls13Question question, CancellationToken cancellationToken)
    {
        using var payload = await _questions.AnswerAsync(question, cut.Level, cancellationToken);
        var reply = _questions.ReadAnswer(payload);
        var handshakeSecret = cut.HandshakeSecret(reply.Answer.Secret, question, facts) ?? throw _questions.Broken();
        return new Tls13Agreed(reply.Answer.ServerShare.ToArray(), handshakeSecret, reply.Signature.ToArray());
    }
}
