using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Operations;
using Latchkey.Tls.Custodies;

namespace Latchkey.KeyServer.Relay;

/// <summary>
/// The key of a relayed handshake as its engine sees it. A handshake lasts for several questions; the key is here during each of them only, because a split one is
/// joined anew for every question that needs it (S4).
/// </summary>
internal sealed class RelayedHandshakeKey(StoredKey key, SignatureVerification verify) : IHandshakeKey
{
    private StoredHandshakeKey? _current;

    public bool MustBeVerified { get; } = VerifiedSignature.MustBeVerified(key, verify);

    /// <summary>The key of a question that begins.</summary>
    public void Begin(StoredKey current) => _current = new StoredHandshakeKey(current, verify);

    /// <summary>Between two questions there is none.</summary>
    public void End() => _current = null;

    /// <summary>For the audit log, see <see cref="StoredHandshakeKey.TakeDigest"/>; during a question.</summary>
    public byte[] TakeDigest() => Current().TakeDigest();

    public ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken) =>
        Current().SignServerKeyExchangeAsync(request, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken) =>
        Current().SignCertificateVerifyAsync(request, cancellationToken);

    public ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken) =>
        Current().DeriveMasterSecretAsync(request, cancellationToken);

    private StoredHandshakeKey Current() => _current ?? throw new InvalidOperationException("The key of a relayed handshake is used outside of a question.");
}
