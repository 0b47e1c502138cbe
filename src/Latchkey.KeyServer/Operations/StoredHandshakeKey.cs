using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.Tls.Custodies;

namespace Latchkey.KeyServer.Operations;

/// <summary>A key of this key server as the engine sees it, where the engine computes here. Valid while the key is leased.</summary>
internal sealed class StoredHandshakeKey(StoredKey key, SignatureVerification verify) : IHandshakeKey
{
    private readonly LocalHandshakeKey _local = new(key.Private);

    private byte[] _digest = [];

    public bool MustBeVerified => VerifiedSignature.MustBeVerified(key, verify);

    public ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken) =>
        Sign(request.Scheme, SignedContent.OfServerKeyExchange(request.ClientRandom.Span, request.ServerRandom.Nonce.Span, request.ServerRandom.Sentinel, request.Parameters.Span));

    public ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken) =>
        Sign(request.Scheme, SignedContent.OfCertificateVerify(request.TranscriptHash.Span));

    public ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken) =>
        Derive(request, cancellationToken);

    /// <summary>For the audit log: of what the key was last used for; once. Empty: it has not been used since.</summary>
    public byte[] TakeDigest() => Interlocked.Exchange(ref _digest, []);

    private ValueTask<SecretBytes> Derive(RsaMasterSecretDerivation request, CancellationToken cancellationToken)
    {
        _digest = HandshakeDigest.Of(request.ClientRandom.Span, request.ServerRandom.Value.Span);
        return _local.DeriveMasterSecretAsync(request, cancellationToken);
    }

    private ValueTask<ReadOnlyMemory<byte>> Sign(SignatureScheme scheme, SignedContent content)
    {
        _digest = content.Digest;
        try
        {
            return ValueTask.FromResult<ReadOnlyMemory<byte>>(VerifiedSignature.MakeUnverified(scheme, content, key));
        }
        catch (ArgumentException e)
        {
            throw new Tls.Alerts.KeyHolderFailedException($"The key cannot sign {scheme}.", e);
        }
    }
}
