using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls13;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>The upper end of a TLS 1.3 ladder from an external pre-shared key at a key server (G4): the Handshake Secret comes, the key and the Early Secret do not.</summary>
/// <param name="identity">Index among the identities of the ClientHello.</param>
internal sealed class PreSharedRemoteAgreement(KeyServerClient client, HandshakeFacts facts, int identity) : ITls13Agreement
{
    private readonly Tls13Questions _questions = new(client, facts);

    public async ValueTask<Tls13Agreed?> AgreeAsync(Tls13Question question, CancellationToken cancellationToken)
    {
        using var payload = await _questions.ResumeAsync(question, Tls13Level.HandshakeSecret, Tls13KeyKind.External, identity, cancellationToken);
        if (payload is null)
            return null;
        var answer = _questions.ReadResumption(payload, question, out _).Answer;
        return answer.Secret.Length == facts.CipherSuite.Digest().SizeInBytes()
            ? new Tls13Agreed(answer.ServerShare.ToArray(), SecretBytes.CopyOf(answer.Secret), default)
            : throw _questions.Broken();
    }
}
