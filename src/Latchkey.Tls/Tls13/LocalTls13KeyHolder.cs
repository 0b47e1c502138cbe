using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Tls13;

/// <summary>
/// The TLS 1.3 ladder from the Handshake Secret down, computed in this process: what every custody ends in that leaves the schedule here. What lies above
/// comes through <see cref="ITls13Agreement"/>.
/// </summary>
internal sealed class LocalTls13KeyHolder(ITls13Agreement agreement, HandshakeFacts facts) : Tls13KeyHolder
{
    private readonly CryptoProvider _crypto = facts.Crypto;
    private readonly DigestAlgorithm _digest = facts.CipherSuite.Digest();
    private ApplicationSecrets? _applicationSecrets;

    /// <inheritdoc/>
    public override async ValueTask<Tls13Answer?> AnswerAsync(Tls13Question question, CancellationToken cancellationToken)
    {
        using var agreed = await agreement.AgreeAsync(question, cancellationToken);
        if (agreed is null)
            return null;
        using var messages = question.Transcript.Fork();
        messages.Append(ServerHello13.Complete(question.ServerHelloPrefix, agreed.ServerShare.Span));
        using var handshake = new HandshakeSecrets(_crypto, _digest, agreed.HandshakeSecret, messages.CurrentHash());
        foreach (var message in question.Parameters)
            messages.Append(message);
        if (question.Scheme is { } scheme)
            messages.Append(CertificateVerify.Encode(scheme, agreed.Signature.Span));
        var verifyData = handshake.ServerVerifyData(messages.CurrentHash());
        messages.Append(Finished.Encode(verifyData));
        var clientHandshakeTraffic = SecretBytes.CopyOf(handshake.ClientTraffic.Span);
        var serverHandshakeTraffic = SecretBytes.CopyOf(handshake.ServerTraffic.Span);
        _applicationSecrets = handshake.Advance(messages.CurrentHash());
        return new Tls13Answer
        {
            ServerShare = agreed.ServerShare,
            ClientHandshakeTraffic = clientHandshakeTraffic,
            ServerHandshakeTraffic = serverHandshakeTraffic,
            ClientEarlyTraffic = agreed.ClientEarlyTraffic,
            Signature = agreed.Signature,
            VerifyData = verifyData,
            ClientTraffic = _applicationSecrets.ClientTraffic,
            ServerTraffic = _applicationSecrets.ServerTraffic,
            Resumed = agreed.Resumed,
        };
    }

    /// <inheritdoc/>
    public override ValueTask<bool> VerifyClientFinishedAsync(Transcript transcript, ReadOnlyMemory<byte> verifyData, CancellationToken cancellationToken) =>
        ValueTask.FromResult(VerifyClientFinished(transcript, verifyData));

    /// <summary><see cref="VerifyClientFinishedAsync"/> for those who cannot wait.</summary>
    public bool VerifyClientFinished(Transcript transcript, ReadOnlyMemory<byte> verifyData)
    {
        Span<byte> hash = stackalloc byte[_digest.SizeInBytes()];
        transcript.CopyCurrentHash(hash);
        return _applicationSecrets!.VerifyClientFinished(hash, verifyData.Span);
    }

    /// <summary>What the client's verify_data must be, where this side tells it to whoever will read the client's Finished.</summary>
    /// <param name="transcript">Through the message before the client's Finished. Lent; not changed.</param>
    public byte[] ClientVerifyData(Transcript transcript)
    {
        var verifyData = new byte[_digest.SizeInBytes()];
        _applicationSecrets!.CopyClientVerifyData(transcript.CurrentHash(), verifyData);
        return verifyData;
    }

    /// <summary>What the end of the handshake needs, where that is not to come in this process: <see cref="ApplicationSecrets.Export"/>.</summary>
    public SecretBytes ExportEnd() => _applicationSecrets!.Export();

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyList<Tls13Ticket>> MakeTicketsAsync(Transcript transcript, SessionOffer offer, SessionStore? store, CancellationToken cancellationToken) =>
        store is null ? ValueTask.FromResult<IReadOnlyList<Tls13Ticket>>([]) : ResumptionTickets.MakeAsync(_applicationSecrets!, transcript, offer, store, cancellationToken);

    /// <inheritdoc/>
    public override void Dispose()
    {
        agreement.Dispose();
        _applicationSecrets?.Dispose();
    }
}
