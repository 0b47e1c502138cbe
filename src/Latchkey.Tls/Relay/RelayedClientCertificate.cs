using Latchkey.Tls.Alerts;
using Latchkey.Tls.Clients;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Relay;

/// <summary>
/// The client's certificate in a handshake that is conducted elsewhere (G1). The conductor asks for it and verifies that the client has its key; whose certificates the site
/// accepts is known here, so that the chain is judged here, where the message passes by.
/// </summary>
internal sealed class RelayedClientCertificate(HandshakeStart start)
{
    private readonly ClientCertificates? _asked = start.Site.ClientCertificates;
    private bool _isJudged;

    /// <summary>DER, the client's own first; empty: it has shown none.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; private set; } = [];

    /// <summary>A message of the client passes by.</summary>
    /// <exception cref="TlsException">It is a Certificate and malformed.</exception>
    public void Passes(HandshakeMessage message, TlsVersion version)
    {
        if (_asked is not null && message.Type == HandshakeType.Certificate)
            Chain = version == TlsVersion.Tls13 ? CertificateMessage.Parse13(message) : CertificateMessage.Parse12(message);
    }

    /// <summary>The conductor goes on after a message: after CertificateVerify, the client has proven its key, and the chain is judged.</summary>
    /// <exception cref="PeerIncompatibleException">The chain is refused.</exception>
    public async ValueTask GoesOnAfterAsync(HandshakeMessage message, CancellationToken cancellationToken)
    {
        if (_asked is null || message.Type != HandshakeType.CertificateVerify)
            return;
        var verdict = await _asked.Verifier.VerifyAsync(Chain, start.Options.TimeProvider.GetUtcNow(), cancellationToken);
        if (verdict.Alert is { } alert)
            throw new PeerIncompatibleException(alert, $"The client's certificate is refused: {verdict.Reason}.");
        _isJudged = true;
    }

    /// <summary>No handshake is agreed that leaves out what the site asks for, whatever the conductor says.</summary>
    /// <exception cref="KeyHolderFailedException">It would be.</exception>
    public void Require(RelayedAgreement agreement)
    {
        if (_asked is null)
            return;
        var isMissing = Chain.Count > 0 ? !_isJudged : _asked.Mode == ClientCertificateMode.Require;
        if (isMissing || agreement.Resumed is not null)
            throw new KeyHolderFailedException("The conductor of the handshake agreed without the client certificate that the site asks for.");
    }
}
