using Latchkey.Crypto;

namespace Latchkey.Tls.Custodies;

/// <summary>A private key in this process, for comparison and for tests; computes on the calling thread. Does not own the key.</summary>
public sealed class LocalHandshakeKey(PrivateKey key) : IHandshakeKey
{
    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken) => throw new NotImplementedException(key.ToString());

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken) => throw new NotImplementedException();
}
