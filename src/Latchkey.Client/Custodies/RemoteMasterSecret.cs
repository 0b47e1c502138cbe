using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls12;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>The master secret from a key server, and the ladder below it here (K3b, K4).</summary>
internal static class RemoteMasterSecret
{
    /// <summary>Asks for it.</summary>
    /// <param name="state">Of the offer; null: RSA key exchange.</param>
    public static async ValueTask<Tls12Secrets> AskAsync(Tls12Questions questions, HandshakeFacts facts, SecretBytes? state, Tls12Agreement agreement, CancellationToken cancellationToken)
    {
        using var reply = await questions.AgreeAsync(KeyExchangeLevel.MasterSecret, state, agreement, session: null, cancellationToken);
        return reply.Length == MasterSecret.Size
            ? new LocalTls12Secrets(facts.Crypto, facts.CipherSuite, SecretBytes.CopyOf(reply.Span), facts.ClientHello.Random.Span, questions.ServerRandom.Value.Span)
            : throw questions.NotAnAnswer("agree key exchange");
    }
}
