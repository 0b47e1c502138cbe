using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.Tls.Custodies;

namespace Latchkey.KeyServer.Operations;

/// <summary>A key of this key server as the engine sees it, where the engine computes here. Valid while the key is leased.</summary>
internal sealed class StoredHandshakeKey(StoredKey key, SignatureVerification verify) : IHandshakeKey
{
    private readonly LocalHandshakeKey _local = new(key.Private);

    public bool MustBeVerified => verify == SignatureVerification.All || _local.MustBeVerified;

    public ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken) =>
        _local.SignServerKeyExchangeAsync(request, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken) =>
        _local.SignCertificateVerifyAsync(request, cancellationToken);

    public ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken) =>
        _local.DeriveMasterSecretAsync(request, cancellationToken);
}
