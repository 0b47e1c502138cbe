using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tls13;

/// <summary>
/// The TLS 1.3 ladder computed in this process, all but the signature: the port below which every custody that keeps its
/// schedule here ends.
/// </summary>
internal sealed class LocalTls13KeyHolder(IHandshakeKey key, HandshakeFacts facts) : Tls13KeyHolder
{
    private readonly CryptoProvider _crypto = facts.Crypto;
    private readonly DigestAlgorithm _digest = facts.CipherSuite.Digest();
    private HandshakeSecrets? _handshakeSecrets;
    private ApplicationSecrets? _applicationSecrets;

    /// <inheritdoc/>
    public override ValueTask<Tls13Agreed> AgreeAsync(NamedGroup group, ReadOnlyMemory<byte> clientShare, Transcript transcript, ReadOnlyMemory<byte> serverHelloPrefix, CancellationToken cancellationToken)
    {
        // RFC 8446 §4.2.8.2, §7.4.2: an invalid point or an all-zero secret is illegal_parameter (attack 18).
        var answer = _crypto.AnswerKeyExchange(group, clientShare.Span)
            ?? throw new PeerMisbehavedException(AlertDescription.IllegalParameter, $"The client's {group} share is not valid.");
        using var sharedSecret = answer.SharedSecret;
        using var throughServerHello = transcript.Fork();
        throughServerHello.Append(serverHelloPrefix.Span);
        throughServerHello.Append(answer.PublicValue);
        Span<byte> hash = stackalloc byte[_digest.SizeInBytes()];
        throughServerHello.CopyCurrentHash(hash);
        using var early = EarlySecrets.WithoutPreSharedKey(_crypto, _digest);
        _handshakeSecrets = early.Agree(sharedSecret, hash);
        return ValueTask.FromResult(new Tls13Agreed(
            answer.PublicValue, SecretBytes.CopyOf(_handshakeSecrets.ClientTraffic.Span), SecretBytes.CopyOf(_handshakeSecrets.ServerTraffic.Span)));
    }

    /// <inheritdoc/>
    public override async ValueTask<Tls13Authentication> AuthenticateAsync(SignatureScheme scheme, Transcript transcript, CancellationToken cancellationToken)
    {
        var transcriptHash = transcript.CurrentHash();
        var signature = await SignAsync(scheme, transcriptHash, cancellationToken);
        using var messages = transcript.Fork();
        messages.Append(CertificateVerify.Encode(scheme, signature.Span));
        var verifyData = _handshakeSecrets!.ServerVerifyData(messages.CurrentHash());
        messages.Append(Finished.Encode(verifyData));
        _applicationSecrets = _handshakeSecrets.Advance(messages.CurrentHash());
        return new Tls13Authentication(signature, verifyData, _applicationSecrets.ClientTraffic, _applicationSecrets.ServerTraffic);
    }

    /// <inheritdoc/>
    public override ValueTask<bool> VerifyClientFinishedAsync(Transcript transcript, ReadOnlyMemory<byte> verifyData, CancellationToken cancellationToken)
    {
        Span<byte> hash = stackalloc byte[_digest.SizeInBytes()];
        transcript.CopyCurrentHash(hash);
        return ValueTask.FromResult(_applicationSecrets!.VerifyClientFinished(hash, verifyData.Span));
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _handshakeSecrets?.Dispose();
        _applicationSecrets?.Dispose();
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
