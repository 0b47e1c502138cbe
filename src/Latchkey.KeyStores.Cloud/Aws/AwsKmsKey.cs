using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using Latchkey.Crypto;

namespace Latchkey.KeyStores.Cloud.Aws;

/// <summary>
/// A key in AWS KMS. It signs digests; it serves no RSA key exchange: KMS decrypts with OAEP only, and never with the key that signs.
/// </summary>
internal sealed class AwsKmsKey : DeviceKey
{
    private readonly IAmazonKeyManagementService _client;
    private readonly AwsKmsUri _uri;
    private readonly string _keyId;

    // The identifier that the service answers with: an alias may be pointed at another key while the certificate stays.
    private AwsKmsKey(IAmazonKeyManagementService client, AwsKmsUri uri, string keyId, byte[] publicHalf)
        : base(publicHalf)
    {
        _client = client;
        _uri = uri;
        _keyId = keyId;
    }

    public override bool ServesRsaKeyExchange => false;

    /// <exception cref="KeyStoreException">No such key, no access, or not the right kind.</exception>
    public static AwsKmsKey Open(IAmazonKeyManagementService client, AwsKmsUri uri)
    {
        var answer = Guarded(uri.Text, () => Wait(client.GetPublicKeyAsync(new GetPublicKeyRequest { KeyId = uri.KeyId })));
        if (answer.KeyUsage != KeyUsageType.SIGN_VERIFY)
            throw new KeyStoreException($"{uri.Text}: the key is for {answer.KeyUsage} (expected one for SIGN_VERIFY)");
        if (!IsServed(answer.KeySpec))
            throw new KeyStoreException($"{uri.Text}: the key is a {answer.KeySpec} (expected RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256 or ECC_NIST_P384)");
        return new AwsKmsKey(client, uri, answer.KeyId, answer.PublicKey.ToArray());
    }

    /// <summary>The service's refusals in one line.</summary>
    public static T Guarded<T>(string uri, Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (AmazonServiceException e)
        {
            throw new KeyStoreException($"{uri}: AWS KMS refused: {e.ErrorCode ?? e.StatusCode.ToString()}: {e.Message}", e);
        }
        catch (Exception e) when (e is AmazonClientException or HttpRequestException or TaskCanceledException or TimeoutException or UriFormatException)
        {
            throw new KeyStoreException($"{uri}: AWS KMS cannot be asked: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    protected override byte[] SignHash(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash)
    {
        var message = padding == SignaturePadding.None ? EcdsaDigest.Fit(hash, KeySizeBits / 8) : hash.ToArray();
        var request = new SignRequest
        {
            KeyId = _keyId,
            Message = new MemoryStream(message),
            MessageType = MessageType.DIGEST,
            SigningAlgorithm = AlgorithmOf(digest, padding),
        };
        return Guarded(_uri.Text, () => Wait(_client.SignAsync(request))).Signature.ToArray();
    }

    /// <inheritdoc/>
    protected override SecretBytes Decrypt(ReadOnlySpan<byte> ciphertext) => throw new KeyStoreException($"{_uri.Text}: AWS KMS makes no raw RSA operation");

    /// <inheritdoc/>
    protected override void Close()
    {
        // The client belongs to the store.
    }

    private static bool IsServed(KeySpec kind) =>
        kind == KeySpec.RSA_2048 || kind == KeySpec.RSA_3072 || kind == KeySpec.RSA_4096 || kind == KeySpec.ECC_NIST_P256 || kind == KeySpec.ECC_NIST_P384;

    private SigningAlgorithmSpec AlgorithmOf(DigestAlgorithm digest, SignaturePadding padding) => (padding, digest) switch
    {
        (SignaturePadding.None, _) => KeySizeBits == 256 ? SigningAlgorithmSpec.ECDSA_SHA_256 : SigningAlgorithmSpec.ECDSA_SHA_384,
        (SignaturePadding.Pss, DigestAlgorithm.Sha256) => SigningAlgorithmSpec.RSASSA_PSS_SHA_256,
        (SignaturePadding.Pss, DigestAlgorithm.Sha384) => SigningAlgorithmSpec.RSASSA_PSS_SHA_384,
        (SignaturePadding.Pss, DigestAlgorithm.Sha512) => SigningAlgorithmSpec.RSASSA_PSS_SHA_512,
        (SignaturePadding.Pkcs1, DigestAlgorithm.Sha256) => SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_256,
        (SignaturePadding.Pkcs1, DigestAlgorithm.Sha384) => SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_384,
        (SignaturePadding.Pkcs1, DigestAlgorithm.Sha512) => SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_512,
        _ => throw new ArgumentException($"AWS KMS signs no {digest} with {padding}."),
    };

    // The SDK has no blocking calls; the lane's thread has nothing else to do.
#pragma warning disable VSTHRD002
    private static T Wait<T>(Task<T> answer) => answer.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
}
