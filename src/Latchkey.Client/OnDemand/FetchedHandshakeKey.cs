using Latchkey.Crypto;
using Latchkey.Tls.Custodies;

namespace Latchkey.Client.OnDemand;

/// <summary>A key that is fetched when it is needed and then used here (custody <c>fetched-key</c>, S6).</summary>
internal sealed class FetchedHandshakeKey(FetchedKeys keys, TimeSpan keep) : IHandshakeKey
{
    private volatile bool _mustBeVerified = true;

    /// <summary>As with a key of this process, which it is then: always for RSA (attack 16).</summary>
    public bool MustBeVerified => _mustBeVerified;

    public async ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken)
    {
        var key = await LeaseAsync(request.Handshake, cancellationToken);
        try
        {
            return await new LocalHandshakeKey(key.Key).SignServerKeyExchangeAsync(request, cancellationToken);
        }
        finally
        {
            key.Release();
        }
    }

    public async ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken)
    {
        var key = await LeaseAsync(request.Handshake, cancellationToken);
        try
        {
            return await new LocalHandshakeKey(key.Key).SignCertificateVerifyAsync(request, cancellationToken);
        }
        finally
        {
            key.Release();
        }
    }

    public async ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken)
    {
        var key = await LeaseAsync(request.Handshake, cancellationToken);
        try
        {
            return await new LocalHandshakeKey(key.Key).DeriveMasterSecretAsync(request, cancellationToken);
        }
        finally
        {
            key.Release();
        }
    }

    private async ValueTask<FetchedKey> LeaseAsync(HandshakeFacts handshake, CancellationToken cancellationToken)
    {
        var key = await keys.LeaseAsync(handshake, keep, cancellationToken);
        _mustBeVerified = new LocalHandshakeKey(key.Key).MustBeVerified;
        return key;
    }
}
