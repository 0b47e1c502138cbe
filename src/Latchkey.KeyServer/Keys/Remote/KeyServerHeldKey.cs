using Latchkey.Client;
using Latchkey.Crypto;
using Latchkey.KeyServer.Operations;
using Latchkey.KeyStores;
using Latchkey.Tls.Alerts;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Keys.Remote;

/// <summary>
/// A key of another key server (S3), which is asked by Latchkey's structured operations alone: it builds what it signs from the same parts, derives the server random from the same nonce,
/// and of an RSA key exchange gives out the master secret at most (X4).
/// </summary>
internal sealed class KeyServerHeldKey : StructuredKey
{
    private readonly KeyServerClient _client;
    private readonly PublicKey _verifier;
    private readonly byte[] _subjectPublicKeyInfo;
    private readonly KeyIdentity _identity;

    public KeyServerHeldKey(KeyServerClient client, byte[] subjectPublicKeyInfo, CryptoProvider crypto)
    {
        _verifier = crypto.ImportPublicKey(subjectPublicKeyInfo);
        _client = client;
        _subjectPublicKeyInfo = subjectPublicKeyInfo;
        _identity = KeyIdentity.Of(subjectPublicKeyInfo);
    }

    public override KeyAlgorithm Algorithm => _verifier.Algorithm;

    public override int KeySizeBits => _verifier.KeySizeBits;

    public override ReadOnlyMemory<byte> SubjectPublicKeyInfo => _subjectPublicKeyInfo;

    public override bool ServesRsaKeyExchange => Algorithm == KeyAlgorithm.Rsa;

    public override byte[] Sign(SignatureScheme scheme, scoped in SignedContent content) => content switch
    {
        { TranscriptHash.IsEmpty: false } => Ask(CertificateVerifyQuestion.Of(_identity, _verifier, scheme, content)).Payload.ToArray(),
        { Parameters.IsEmpty: false } => Ask(ServerKeyExchangeQuestion.Of(_identity, _verifier, scheme, content)).Payload.ToArray(),
        _ => throw new ArgumentException("A key at another key server signs contents of TLS handshakes only."),
    };

    public override SecretBytes DeriveMasterSecret(scoped in RsaKeyExchange exchange)
    {
        if (!ServesRsaKeyExchange)
            throw new ArgumentException("Not an RSA key.");
        var secret = Ask(MasterSecretQuestion.Of(_identity, exchange)).Secret;
        if (secret is { Length: MasterSecretReply.MasterSecretSize })
            return secret;
        secret?.Dispose();
        throw new KeyStoreException($"key server \"{_client.Options.Name}\" sent a master secret of {secret?.Length ?? 0} bytes");
    }

    public override byte[] SignDigest(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash) =>
        throw new ArgumentException("A key at another key server serves no raw operations.");

    public override SecretBytes DecryptPremaster(ReadOnlySpan<byte> encryptedPremaster, ushort clientVersion) =>
        throw new ArgumentException("A key at another key server gives out no premaster secret.");

    public override SecretBytes DecryptRaw(ReadOnlySpan<byte> ciphertext) =>
        throw new ArgumentException("A key at another key server serves no raw operations.");

    /// <summary>The client stays: it is the configuration's, and other keys'.</summary>
    public override void Dispose() => _verifier.Dispose();

    // The lane's thread has nothing else to do: as many questions are under way at once as it has threads.
#pragma warning disable VSTHRD002
    private KeylessReply Ask<TQuestion>(TQuestion question)
        where TQuestion : struct, IKeyOperation
    {
        try
        {
            return _client.ExecuteAsync(question, mayFail: false, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }
        catch (KeyHolderFailedException e)
        {
            throw new KeyStoreException($"key server \"{_client.Options.Name}\": {e.Message}", e);
        }
    }
#pragma warning restore VSTHRD002
}
