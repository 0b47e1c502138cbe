using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Tls12;
using Latchkey.Tls.Tls13;

namespace Latchkey.Tls.Custodies;

/// <summary>A private key in this process, for comparison and for tests; computes on the calling thread. Does not own the key.</summary>
/// <param name="key">Lent.</param>
/// <param name="verifiesAll">Whether signatures of all kinds are verified before they are used; RSA's always are.</param>
public sealed class LocalHandshakeKey(PrivateKey key, bool verifiesAll = false) : IHandshakeKey
{
    /// <inheritdoc/>
    public bool MustBeVerified => verifiesAll || key.Algorithm == KeyAlgorithm.Rsa;

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken) =>
        Sign(request.Scheme, ServerKeyExchangeContent.Build(request.ClientRandom.Span, request.ServerRandom.Value.Span, request.Parameters.Span));

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken) =>
        Sign(request.Scheme, CertificateVerifyContent.ForServer(request.TranscriptHash.Span));

    /// <inheritdoc/>
    public ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken)
    {
        if (key.Algorithm != KeyAlgorithm.Rsa)
            throw new KeyHolderFailedException($"RSA key exchange with a key of the kind {key.Algorithm}.");
        using var premaster = key.DecryptPremaster(request.EncryptedPremaster.Span, request.ClientVersion);
        return ValueTask.FromResult(MasterSecret.Derive(
            request.Handshake.Crypto, request.Handshake.CipherSuite.Digest(), premaster,
            request.ClientRandom.Span, request.ServerRandom.Value.Span, request.SessionHash));
    }

    private ValueTask<ReadOnlyMemory<byte>> Sign(SignatureScheme scheme, byte[] content)
    {
        try
        {
            return ValueTask.FromResult<ReadOnlyMemory<byte>>(key.Sign(scheme, content));
        }
        catch (ArgumentException e)
        {
            throw new KeyHolderFailedException($"The local key is not that of the certificate: it cannot sign {scheme}.", e);
        }
    }
}
