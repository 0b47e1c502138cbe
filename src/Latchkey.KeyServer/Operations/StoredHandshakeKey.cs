using System.Text;
using Latchkey.Client;
using Latchkey.Client.Custodies;
using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;

namespace Latchkey.KeyServer.Operations;

/// <summary>A key of this key server as the engine sees it, where the engine computes here. Valid while the key is leased.</summary>
internal sealed class StoredHandshakeKey(StoredKey key, SignatureVerification verify) : IHandshakeKey
{
    private readonly LocalHandshakeKey _local = new(key.Private);

    private byte[] _digest = [];

    public bool MustBeVerified => VerifiedSignature.MustBeVerified(key, verify);

    public ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken) =>
        Sign(request.Scheme, SignedContent.OfServerKeyExchange(request.ClientRandom.Span, request.ServerRandom.Nonce.Span, request.ServerRandom.Sentinel, request.Parameters.Span), request.Handshake);

    public ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken) =>
        Sign(request.Scheme, SignedContent.OfCertificateVerify(request.TranscriptHash.Span), request.Handshake);

    public ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken) =>
        Derive(request, cancellationToken);

    /// <summary>For the audit log: of what the key was last used for; once. Empty: it has not been used since.</summary>
    public byte[] TakeDigest() => Interlocked.Exchange(ref _digest, []);

    private ValueTask<SecretBytes> Derive(RsaMasterSecretDerivation request, CancellationToken cancellationToken)
    {
        _digest = HandshakeDigest.Of(request.ClientRandom.Span, request.ServerRandom.Value.Span);
        return key.Private is StructuredKey elsewhere ? ValueTask.FromResult(PassOn(request, elsewhere)) : _local.DeriveMasterSecretAsync(request, cancellationToken);
    }

    private static SecretBytes PassOn(RsaMasterSecretDerivation request, StructuredKey elsewhere) => elsewhere.DeriveMasterSecret(new RsaKeyExchange
    {
        EncryptedPremaster = request.EncryptedPremaster.AsCiphertext().Span,
        ClientVersion = request.ClientVersion,
        ClientRandom = request.ClientRandom.Span,
        ServerNonce = request.ServerRandom.Nonce.Span,
        Sentinel = request.ServerRandom.Sentinel,
        Digest = request.Handshake.CipherSuite.Digest(),
        Suite = request.Handshake.CipherSuite,
        Messages = request.SessionHash is null ? default : JoinedMessages.Of(request.Transcript.Messages),
        ServerName = NameOf(request.Handshake),
    });

    private static byte[] NameOf(HandshakeFacts handshake) => handshake.ServerName is { } name ? Encoding.UTF8.GetBytes(name) : [];

    private ValueTask<ReadOnlyMemory<byte>> Sign(SignatureScheme scheme, SignedContent content, HandshakeFacts handshake)
    {
        _digest = content.Digest;
        try
        {
            return ValueTask.FromResult<ReadOnlyMemory<byte>>(VerifiedSignature.MakeUnverified(scheme, content with { ServerName = NameOf(handshake) }, key));
        }
        catch (ArgumentException e)
        {
            throw new Tls.Alerts.KeyHolderFailedException($"The key cannot sign {scheme}.", e);
        }
    }
}
