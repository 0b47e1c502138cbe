using System.Security.Cryptography;
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

    /// <inheritdoc/>
    public override async ValueTask<IReadOnlyList<Tls13Ticket>> MakeTicketsAsync(Transcript transcript, SessionOffer offer, SessionStore? store, CancellationToken cancellationToken)
    {
        if (store is null)
            return [];
        using var resumptionSecret = _applicationSecrets!.ResumptionSecret(transcript.CurrentHash());
        var tickets = new List<Tls13Ticket>(offer.Count);
        for (byte nonce = 0; nonce < Math.Min(offer.Count, byte.MaxValue); nonce++)
        {
            var facts = offer.Facts with { AgeAdd = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4)) };
            using var state = new SessionState(facts, PreSharedKey(resumptionSecret, nonce));
            if (await store.KeepAsync(state, cancellationToken) is { IsEmpty: false } ticket)
                tickets.Add(new Tls13Ticket(ticket, (byte[])[nonce], facts.AgeAdd, facts.Established + facts.Lifetime - facts.Issued, facts.MaxEarlyData));
        }

        return tickets;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        agreement.Dispose();
        _applicationSecrets?.Dispose();
    }

    /// <summary>RFC 8446 §4.6.1: HKDF-Expand-Label(resumption_master_secret, "resumption", ticket_nonce, Hash.length).</summary>
    private SecretBytes PreSharedKey(SecretBytes resumptionSecret, byte nonce)
    {
        var key = new SecretBytes(_digest.SizeInBytes());
        Hkdf.ExpandLabel(_crypto, _digest, resumptionSecret.Span, "resumption"u8, [nonce], key.Span);
        return key;
    }
}
