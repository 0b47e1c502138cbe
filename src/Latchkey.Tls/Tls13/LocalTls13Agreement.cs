using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;

namespace Latchkey.Tls.Tls13;

/// <summary>The key exchange computed in this process; the private key answers through <see cref="IHandshakeKey"/> (X1).</summary>
internal sealed class LocalTls13Agreement(IHandshakeKey key, HandshakeFacts facts) : ITls13Agreement
{
    /// <inheritdoc/>
    public async ValueTask<Tls13Agreed?> AgreeAsync(Tls13Question question, CancellationToken cancellationToken)
    {
        var exchange = Exchange(question);
        using var sharedSecret = exchange.SharedSecret;
        var handshakeSecret = HandshakeSecret(sharedSecret);
        try
        {
            return new Tls13Agreed(exchange.PublicValue, handshakeSecret, await SignAsync(question, exchange.PublicValue, cancellationToken));
        }
        catch
        {
            handshakeSecret.Dispose();
            throw;
        }
    }

    /// <summary>A fresh key pair and the shared secret, which the caller owns.</summary>
    public KeyExchangeAnswer Exchange(Tls13Question question) =>
        // RFC 8446 §4.2.8.2, §7.4.2: an invalid point or an all-zero secret is illegal_parameter (attack 18).
        facts.Crypto.AnswerKeyExchange(question.Group, question.ClientShare.Span)
            ?? throw new PeerMisbehavedException(AlertDescription.IllegalParameter, $"The client's {question.Group} share is not valid.");

    /// <summary>Signs the flight that begins with this share.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> SignAsync(Tls13Question question, ReadOnlyMemory<byte> serverShare, CancellationToken cancellationToken)
    {
        using var messages = FlightTranscript.ThroughParameters(question, serverShare.Span);
        var transcriptHash = messages.CurrentHash();
        var started = facts.TimeProvider.GetTimestamp();
        var signature = await key.SignCertificateVerifyAsync(new CertificateVerifySigning(facts, question.Scheme!.Value, transcriptHash), cancellationToken);
        // With a delegated credential the holder of the certificate's key had nothing to do.
        if (facts.Delegated is null)
            facts.Observer?.KeyOperation("sign CertificateVerify", facts.TimeProvider.GetElapsedTime(started));
        if (key.MustBeVerified)
            CertificateVerifyContent.Check(facts.Verifier, question.Scheme.Value, transcriptHash, signature.Span);
        return signature;
    }

    private SecretBytes HandshakeSecret(SecretBytes sharedSecret)
    {
        using var early = EarlySecrets.WithoutPreSharedKey(facts.Crypto, facts.CipherSuite.Digest());
        return early.HandshakeSecret(sharedSecret);
    }
}
