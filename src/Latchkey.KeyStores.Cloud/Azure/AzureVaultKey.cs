using System.Buffers.Text;
using System.Text.Json;
using Latchkey.Crypto;

namespace Latchkey.KeyStores.Cloud.Azure;

/// <summary>
/// A key in Azure Key Vault or Managed HSM. It signs digests; it serves no RSA key exchange: the service takes PKCS#1 padding off itself and answers bad padding with an error, which is the
/// oracle that RFC 5246 §7.4.7.1 forbids (attack 7).
/// </summary>
internal sealed class AzureVaultKey : DeviceKey
{
    // RFC 5480 §2.1.1.1: secp256r1, secp384r1.
    private static readonly byte[] P256 = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
    private static readonly byte[] P384 = [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22];

    private readonly VaultClient _vault;
    private readonly string _uri;
    private readonly Uri _version;

    // With its version: a key that is rotated in the vault is another one than the certificate's.
    private AzureVaultKey(VaultClient vault, string uri, Uri version, byte[] publicHalf)
        : base(publicHalf)
    {
        _vault = vault;
        _uri = uri;
        _version = version;
    }

    public override bool ServesRsaKeyExchange => false;

    /// <exception cref="KeyStoreException">No such key, no access, or not the right kind.</exception>
    public static AzureVaultKey Open(VaultClient vault, Uri address, string uri)
    {
        using var answer = vault.Ask(address, body: null);
        try
        {
            var key = answer.RootElement.GetProperty("key");
            var version = new Uri(key.GetProperty("kid").GetString()!);
            if (version.Authority != address.Authority)
                throw new KeyStoreException($"{uri}: the vault names a key of {version.Authority}");
            return new AzureVaultKey(vault, uri, version, PublicHalf(key, uri));
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or ArgumentNullException)
        {
            throw new KeyStoreException($"{uri}: the vault's answer is no key (expected \"key\" with kid, kty and the public numbers)", e);
        }
    }

    /// <inheritdoc/>
    protected override byte[] SignHash(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash)
    {
        var value = padding == SignaturePadding.None ? EcdsaDigest.Fit(hash, KeySizeBits / 8) : hash.ToArray();
        using var answer = _vault.Ask(new Uri(_version.AbsoluteUri.TrimEnd('/') + "/sign"), $$"""{"alg":"{{AlgorithmOf(digest, padding)}}","value":"{{Base64Url.EncodeToString(value)}}"}""");
        var signature = ReadValue(answer);
        return padding == SignaturePadding.None ? ToDer(signature) : signature;
    }

    /// <inheritdoc/>
    protected override SecretBytes Decrypt(ReadOnlySpan<byte> ciphertext) => throw new KeyStoreException($"{_uri}: Azure makes no raw RSA operation");

    /// <inheritdoc/>
    protected override void Close()
    {
        // The connection belongs to the store.
    }

    // JSON Web Key, RFC 7517 and RFC 7518 §6; "-HSM": in hardware.
    private static byte[] PublicHalf(JsonElement key, string uri)
    {
        var kind = key.GetProperty("kty").GetString();
        if (kind is "RSA" or "RSA-HSM")
            return PublicKeyInfo.OfRsa(Number(key, "n"), Number(key, "e"));
        var curve = kind is "EC" or "EC-HSM" ? key.GetProperty("crv").GetString() : kind;
        return curve switch
        {
            "P-256" => PublicKeyInfo.OfEc(P256, [4, .. Coordinate(key, "x", 32), .. Coordinate(key, "y", 32)]),
            "P-384" => PublicKeyInfo.OfEc(P384, [4, .. Coordinate(key, "x", 48), .. Coordinate(key, "y", 48)]),
            _ => throw new KeyStoreException($"{uri}: the key is a {curve} (expected RSA, or EC on P-256 or P-384)"),
        };
    }

    private static byte[] Number(JsonElement key, string name) => Base64Url.DecodeFromChars(key.GetProperty(name).GetString());

    private static byte[] Coordinate(JsonElement key, string name, int size) => EcdsaDigest.Fit(Number(key, name), size);

    private byte[] ReadValue(JsonDocument answer)
    {
        try
        {
            return Number(answer.RootElement, "value");
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new KeyStoreException($"{_uri}: the vault's answer is no signature (expected \"value\")", e);
        }
    }

    // RFC 7518 §3.1.
    private string AlgorithmOf(DigestAlgorithm digest, SignaturePadding padding) => (padding, digest) switch
    {
        (SignaturePadding.None, _) => KeySizeBits == 256 ? "ES256" : "ES384",
        (SignaturePadding.Pss, DigestAlgorithm.Sha256 or DigestAlgorithm.Sha384 or DigestAlgorithm.Sha512) => $"PS{digest.SizeInBytes() * 8}",
        (SignaturePadding.Pkcs1, DigestAlgorithm.Sha256 or DigestAlgorithm.Sha384 or DigestAlgorithm.Sha512) => $"RS{digest.SizeInBytes() * 8}",
        _ => throw new ArgumentException($"Azure signs no {digest} with {padding}."),
    };
}
