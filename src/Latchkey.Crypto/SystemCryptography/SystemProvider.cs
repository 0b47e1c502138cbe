using System.Security.Cryptography;

namespace Latchkey.Crypto.SystemCryptography;

/// <summary>
/// The base library: for systems without libcrypto 3.x, and the second opinion in tests. It has no X25519, no Ed25519,
/// no DSA here, no finite-field groups, no SHA-224, no raw RSA and no constant-time premaster decryption (<see cref="SystemRsaKey"/>).
/// </summary>
internal sealed class SystemProvider : CryptoProvider
{
    private SystemProvider()
    {
    }

    internal static SystemProvider Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => $"System.Security.Cryptography {Environment.Version}";

    /// <inheritdoc/>
    public override Aead CreateAead(AeadAlgorithm algorithm, ReadOnlySpan<byte> key) => algorithm switch
    {
        AeadAlgorithm.ChaCha20Poly1305 => new SystemChaCha20Poly1305(key),
        AeadAlgorithm.Aes128Gcm or AeadAlgorithm.Aes256Gcm => new SystemAesGcm(algorithm, key),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };

    /// <inheritdoc/>
    public override AesCbc CreateAesCbc(ReadOnlySpan<byte> key) => new SystemAesCbc(key);

    /// <inheritdoc/>
    public override bool SupportsMacThenEncrypt => false;

    /// <inheritdoc/>
    public override MacThenEncrypt CreateMacThenEncrypt(DigestAlgorithm mac, ReadOnlySpan<byte> key, ReadOnlySpan<byte> macKey) =>
        throw new PlatformNotSupportedException("MAC-then-encrypt takes an HMAC whose time does not depend on the content's length, which the .NET base library does not have.");

    /// <inheritdoc/>
    public override RunningHash CreateHash(DigestAlgorithm algorithm) => new SystemHash(algorithm);

    /// <inheritdoc/>
    public override void Hash(DigestAlgorithm algorithm, ReadOnlySpan<byte> data, Span<byte> destination)
    {
        if (algorithm == DigestAlgorithm.Md5Sha1)
        {
            MD5.HashData(data, destination);
            SHA1.HashData(data, destination[MD5.HashSizeInBytes..]);
            return;
        }
        CryptographicOperations.HashData(DigestNames.Of(algorithm), data, destination);
    }

    /// <inheritdoc/>
    public override Hmac CreateHmac(DigestAlgorithm algorithm, ReadOnlySpan<byte> key) => new SystemHmac(algorithm, key);

    /// <inheritdoc/>
    public override bool Supports(NamedGroup group) => group is NamedGroup.Secp256r1 or NamedGroup.Secp384r1;

    /// <inheritdoc/>
    public override string? UnsupportedReason(NamedGroup group) => Supports(group) ? null
        : group.IsFiniteField() ? "the .NET base library has no finite-field Diffie-Hellman"
        : "the .NET base library has no X25519";

    /// <inheritdoc/>
    public override bool Supports(KeyAlgorithm algorithm) => algorithm is not (KeyAlgorithm.Ed25519 or KeyAlgorithm.Dsa);

    /// <inheritdoc/>
    public override KeyExchange CreateKeyExchange(NamedGroup group) => new SystemKeyExchange(group);

    /// <inheritdoc/>
    public override KeyExchange ImportKeyExchange(NamedGroup group, ReadOnlySpan<byte> privateValue) => new SystemKeyExchange(group, privateValue);

    /// <inheritdoc/>
    public override KeyExchangeAnswer? AnswerKeyExchange(NamedGroup group, ReadOnlySpan<byte> peerPublicValue)
    {
        GroupSizes.ThrowIfFiniteField(group);
        using var exchange = new SystemKeyExchange(group);
        return exchange.DeriveSharedSecret(peerPublicValue) is { } secret ? new KeyExchangeAnswer(exchange.PublicValue.ToArray(), secret) : null;
    }

    /// <inheritdoc/>
    public override bool IsPublicValue(NamedGroup group, ReadOnlySpan<byte> publicValue) =>
        group != NamedGroup.X25519MlKem768
        && group.HasRightForm(publicValue)
        && (group == NamedGroup.X25519 || group.IsFiniteField() || SystemKeyExchange.IsOnCurve(group, publicValue));

    /// <inheritdoc/>
    public override PublicKey ImportPublicKey(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        KeyInfo info = KeyInfo.OfSubjectPublicKeyInfo(subjectPublicKeyInfo);
        return info.Algorithm switch
        {
            KeyAlgorithm.Rsa => new SystemPublicKey(Import(RSA.Create(), subjectPublicKeyInfo), info, subjectPublicKeyInfo.ToArray()),
            KeyAlgorithm.Ed25519 or KeyAlgorithm.Dsa => throw Unsupported(info.Algorithm),
            _ => new SystemPublicKey(Import(ECDsa.Create(), subjectPublicKeyInfo), info, subjectPublicKeyInfo.ToArray()),
        };
    }

    /// <inheritdoc/>
    public override PrivateKey ImportPrivateKey(ReadOnlySpan<byte> pkcs8) => KeyInfo.AlgorithmOfPkcs8(pkcs8) switch
    {
        KeyAlgorithm.Rsa => SystemRsaKey.Import(pkcs8),
        var kind and (KeyAlgorithm.Ed25519 or KeyAlgorithm.Dsa) => throw Unsupported(kind),
        _ => SystemEcdsaKey.Import(pkcs8),
    };

    /// <inheritdoc/>
    public override SecretBytes DecryptPkcs8(ReadOnlySpan<byte> encryptedPkcs8, ReadOnlySpan<byte> passphrase) =>
        EncryptedPkcs8.Decrypt(encryptedPkcs8, passphrase);

    // The base library has DSA, but not everywhere (macOS lacks parts of it), and no machine that needs DHE_DSS lacks libcrypto.
    private static CryptographicException Unsupported(KeyAlgorithm algorithm) => new($"{algorithm} keys are not supported through the .NET base library.");

    private static T Import<T>(T key, ReadOnlySpan<byte> subjectPublicKeyInfo) where T : AsymmetricAlgorithm
    {
        try
        {
            key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}
