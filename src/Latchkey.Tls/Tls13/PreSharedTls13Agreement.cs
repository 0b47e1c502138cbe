using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Tls13;

/// <summary>
/// The key exchange on top of a pre-shared key that this process has, a session's or an external one. The key authenticates both sides: there is no signature.
/// </summary>
internal sealed class PreSharedTls13Agreement : ITls13Agreement
{
    private readonly CryptoProvider _crypto;
    private readonly DigestAlgorithm _digest;
    private readonly EarlySecrets _early;
    private readonly OfferedPreSharedKeys _offered;
    private readonly int _identity;
    private readonly PreSharedKeyOrigin _origin;
    private readonly SessionFacts? _resumed;

    private PreSharedTls13Agreement(CryptoProvider crypto, DigestAlgorithm digest, SecretBytes key, OfferedPreSharedKeys offered, int identity, PreSharedKeyOrigin origin, SessionFacts? resumed)
    {
        _crypto = crypto;
        _digest = digest;
        _early = EarlySecrets.WithPreSharedKey(crypto, digest, key);
        _offered = offered;
        _identity = identity;
        _origin = origin;
        _resumed = resumed;
    }

    /// <summary>With the key of an earlier session.</summary>
    /// <param name="crypto">Does the cryptography.</param>
    /// <param name="session">Lent.</param>
    /// <param name="offered">Of the ClientHello.</param>
    /// <param name="identity">Index of the identity whose key it is.</param>
    public static PreSharedTls13Agreement ForSession(CryptoProvider crypto, SessionState session, OfferedPreSharedKeys offered, int identity) =>
        new(crypto, session.Facts.CipherSuite.Digest(), session.Secret, offered, identity, PreSharedKeyOrigin.Resumption, session.Facts);

    /// <summary>With a key that was agreed outside of TLS.</summary>
    /// <param name="crypto">Does the cryptography.</param>
    /// <param name="digest">That the key goes with, and the suite's.</param>
    /// <param name="key">Lent.</param>
    /// <param name="offered">Of the ClientHello.</param>
    /// <param name="identity">Index of the identity whose key it is.</param>
    /// <param name="origin">As it was agreed, or imported.</param>
    public static PreSharedTls13Agreement WithExternalKey(
        CryptoProvider crypto, DigestAlgorithm digest, SecretBytes key, OfferedPreSharedKeys offered, int identity, PreSharedKeyOrigin origin = PreSharedKeyOrigin.External) =>
        new(crypto, digest, key, offered, identity, origin, resumed: null);

    /// <inheritdoc/>
    public ValueTask<Tls13Agreed?> AgreeAsync(Tls13Question question, CancellationToken cancellationToken)
    {
        CheckBinder(question.Transcript);
        // RFC 8446 §4.2.8.2, §7.4.2: an invalid point or an all-zero secret is illegal_parameter (attack 18).
        var exchange = _crypto.AnswerKeyExchange(question.Group, question.ClientShare.Span)
            ?? throw new PeerMisbehavedException(AlertDescription.IllegalParameter, $"The client's {question.Group} share is not valid.");
        using var sharedSecret = exchange.SharedSecret;
        var clientEarlyTraffic = question.AcceptsEarlyData ? _early.ClientTraffic(question.Transcript.CurrentHash()) : null;
        return ValueTask.FromResult<Tls13Agreed?>(new Tls13Agreed(exchange.PublicValue, _early.HandshakeSecret(sharedSecret), default)
        {
            ClientEarlyTraffic = clientEarlyTraffic,
            Resumed = _resumed,
        });
    }

    /// <summary>Whether the client has the key, by the binder of the identity (RFC 8446 §4.2.11.2).</summary>
    /// <param name="transcript">Through the ClientHello with the identity. Lent; not changed.</param>
    /// <exception cref="PeerMisbehavedException">decrypt_error: it has not.</exception>
    public void CheckBinder(Transcript transcript)
    {
        // It covers its own message up to the list of binders and all of the messages before that (after a HelloRetryRequest).
        using var covered = new Transcript(_crypto, _digest);
        var messages = transcript.Messages;
        for (var i = 0; i < messages.Count - 1; i++)
            covered.Append(messages[i].Span);
        covered.Append(messages[^1].Span[.._offered.TruncatedLength]);
        // RFC 8446 §4.2.11: "If this value is not present or does not validate, the server MUST abort the handshake."
        if (!_early.VerifyBinder(_origin, covered.CurrentHash(), _offered.Binders[_identity].Span))
            throw new PeerMisbehavedException(AlertDescription.DecryptError, $"The binder of identity {_identity} is wrong.");
    }

    /// <summary>Zeroes what is left.</summary>
    public void Dispose() => _early.Dispose();
}
