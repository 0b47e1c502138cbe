using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Tls13;

/// <summary>
/// The TLS 1.3 ladder computed in this process, all but the signature: the port below which every custody that keeps its
/// schedule here ends.
/// </summary>
internal sealed class LocalTls13KeyHolder(IHandshakeKey key, HandshakeFacts facts) : Tls13KeyHolder
{
    private readonly CryptoProvider _crypto = facts.Crypto;
    private readonly DigestAlgorithm _digest = facts.CipherSuite.Digest();
    private ApplicationSecrets? _applicationSecrets;

    /// <inheritdoc/>
    public override async ValueTask<Tls13Answer?> AnswerAsync(Tls13Question question, CancellationToken cancellationToken)
    {
        // RFC 8446 §4.2.8.2, §7.4.2: an invalid point or an all-zero secret is illegal_parameter (attack 18).
        var answer = _crypto.AnswerKeyExchange(question.Group, question.ClientShare.Span)
            ?? throw new PeerMisbehavedException(AlertDescription.IllegalParameter, $"The client's {question.Group} share is not valid.");
        using var sharedSecret = answer.SharedSecret;
        using var messages = question.Transcript.Fork();
        messages.Append(ServerHello13.Complete(question.ServerHelloPrefix, answer.PublicValue));
        using var handshake = Agree(sharedSecret, messages);
        foreach (var message in question.Parameters)
            messages.Append(message);
        var signature = await SignAsync(question.Scheme!.Value, messages.CurrentHash(), cancellationToken);
        messages.Append(CertificateVerify.Encode(question.Scheme.Value, signature.Span));
        var verifyData = handshake.ServerVerifyData(messages.CurrentHash());
        messages.Append(Finished.Encode(verifyData));
        var clientHandshakeTraffic = SecretBytes.CopyOf(handshake.ClientTraffic.Span);
        var serverHandshakeTraffic = SecretBytes.CopyOf(handshake.ServerTraffic.Span);
        _applicationSecrets = handshake.Advance(messages.CurrentHash());
        return new Tls13Answer
        {
            ServerShare = answer.PublicValue,
            ClientHandshakeTraffic = clientHandshakeTraffic,
            ServerHandshakeTraffic = serverHandshakeTraffic,
            Signature = signature,
            VerifyData = verifyData,
            ClientTraffic = _applicationSecrets.ClientTraffic,
            ServerTraffic = _applicationSecrets.ServerTraffic,
        };
    }

    /// <inheritdoc/>
    public override ValueTask<bool> VerifyClientFinishedAsync(Transcript transcript, ReadOnlyMemory<byte> verifyData, CancellationToken cancellationToken)
    {
        Span<byte> hash = stackalloc byte[_digest.SizeInBytes()];
        transcript.CopyCurrentHash(hash);
        return ValueTask.FromResult(_applicationSecrets!.VerifyClientFinished(hash, verifyData.Span));
    }

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyList<Tls13Ticket>> MakeTicketsAsync(Transcript transcript, SessionOffer offer, SessionStore? store, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<Tls13Ticket>>([]);

    /// <inheritdoc/>
    public override void Dispose() => _applicationSecrets?.Dispose();

    private HandshakeSecrets Agree(SecretBytes sharedSecret, Transcript throughServerHello)
    {
        Span<byte> hash = stackalloc byte[_digest.SizeInBytes()];
        throughServerHello.CopyCurrentHash(hash);
        using var early = EarlySecrets.WithoutPreSharedKey(_crypto, _digest);
        return early.Agree(sharedSecret, hash);
    }

    private async ValueTask<ReadOnlyMemory<byte>> SignAsync(SignatureScheme scheme, byte[] transcriptHash, CancellationToken cancellationToken)
    {
        var started = facts.TimeProvider.GetTimestamp();
        var signature = await key.SignCertificateVerifyAsync(new CertificateVerifySigning(facts, scheme, transcriptHash), cancellationToken);
        facts.Observer?.KeyOperation("sign CertificateVerify", facts.TimeProvider.GetElapsedTime(started));
        // Attack 16: a wrong or faulty signature never leaves this process.
        if (key.MustBeVerified && !facts.Certificate.PublicKey.Verify(scheme, CertificateVerifyContent.ForServer(transcriptHash), signature.Span))
            throw new KeyHolderFailedException($"The signature ({scheme}) does not verify with the certificate's key.");
        return signature;
    }
}
