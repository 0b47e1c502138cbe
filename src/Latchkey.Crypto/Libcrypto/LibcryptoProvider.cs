namespace Latchkey.Crypto.Libcrypto;

/// <summary>libcrypto 3.x called directly.</summary>
internal sealed class LibcryptoProvider : CryptoProvider
{
    private LibcryptoProvider() => Name = $"libcrypto {LibcryptoLibrary.Version}";

    /// <summary>The provider, or null where there is no libcrypto 3.x.</summary>
    internal static LibcryptoProvider? Instance { get; } = LibcryptoLibrary.IsAvailable ? new LibcryptoProvider() : null;

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override Aead CreateAead(AeadAlgorithm algorithm, ReadOnlySpan<byte> key) => new LibcryptoAead(algorithm, key);

    /// <inheritdoc/>
    public override AesCbc CreateAesCbc(ReadOnlySpan<byte> key) => new LibcryptoAesCbc(key);

    /// <inheritdoc/>
    public override bool SupportsMacThenEncrypt => true;

    /// <inheritdoc/>
    public override MacThenEncrypt CreateMacThenEncrypt(DigestAlgorithm mac, ReadOnlySpan<byte> key, ReadOnlySpan<byte> macKey) =>
        new LibcryptoMacThenEncrypt(mac, key, macKey);

    /// <inheritdoc/>
    public override RunningHash CreateHash(DigestAlgorithm algorithm) => new LibcryptoHash(algorithm);

    /// <inheritdoc/>
    public override void Hash(DigestAlgorithm algorithm, ReadOnlySpan<byte> data, Span<byte> destination) =>
        LibcryptoHash.HashOnce(algorithm, data, destination);

    /// <inheritdoc/>
    public override Hmac CreateHmac(DigestAlgorithm algorithm, ReadOnlySpan<byte> key) => new LibcryptoHmac(algorithm, key);

    /// <inheritdoc/>
    public override void Hmac(DigestAlgorithm algorithm, ReadOnlySpan<byte> key, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> destination) =>
        LibcryptoHmac.ComputeOnce(algorithm, key, first, second, destination);

    /// <inheritdoc/>
    public override bool Supports(NamedGroup group) => group is NamedGroup.Secp256r1 or NamedGroup.Secp384r1 or NamedGroup.X25519 || group.IsFiniteField()
        || (group == NamedGroup.X25519MlKem768 && HybridKeyExchange.IsSupported);

    /// <inheritdoc/>
    public override string? UnsupportedReason(NamedGroup group) =>
        group == NamedGroup.X25519MlKem768 && !Supports(group)
            ? $"ML-KEM comes with OpenSSL 3.5, this is {LibcryptoLibrary.Version}"
            : base.UnsupportedReason(group);

    /// <inheritdoc/>
    public override bool Supports(KeyAlgorithm algorithm) => true;

    /// <inheritdoc/>
    public override KeyExchange CreateKeyExchange(NamedGroup group) => group switch
    {
        NamedGroup.X25519MlKem768 => new HybridKeyExchange(this),
        _ when group.IsFiniteField() => new LibcryptoFiniteFieldExchange(group),
        _ => new LibcryptoKeyExchange(group),
    };

    /// <inheritdoc/>
    public override KeyExchange ImportKeyExchange(NamedGroup group, ReadOnlySpan<byte> privateValue) => group.IsFiniteField()
        ? LibcryptoFiniteFieldExchange.FromPrivateValue(group, privateValue)
        : LibcryptoKeyExchange.FromPrivateValue(group, privateValue);

    /// <inheritdoc/>
    public override KeyExchangeAnswer? AnswerKeyExchange(NamedGroup group, ReadOnlySpan<byte> peerPublicValue)
    {
        if (group == NamedGroup.X25519MlKem768)
            return HybridKeyExchange.Answer(this, peerPublicValue);
        GroupSizes.ThrowIfFiniteField(group);
        if (!group.HasRightForm(peerPublicValue))
            return null;
        using var exchange = new LibcryptoKeyExchange(group);
        return exchange.DeriveSharedSecret(peerPublicValue) is { } secret ? new KeyExchangeAnswer(exchange.PublicValueBytes, secret) : null;
    }

    /// <inheritdoc/>
    public override bool IsPublicValue(NamedGroup group, ReadOnlySpan<byte> publicValue) => LibcryptoPublicValue.IsValid(group, publicValue);

    /// <inheritdoc/>
    public override PublicKey ImportPublicKey(ReadOnlySpan<byte> subjectPublicKeyInfo) => new LibcryptoPublicKey(subjectPublicKeyInfo);

    /// <inheritdoc/>
    public override PrivateKey ImportPrivateKey(ReadOnlySpan<byte> pkcs8) => new LibcryptoPrivateKey(pkcs8);

    /// <inheritdoc/>
    public override PrivateKey ImportTransientPrivateKey(ReadOnlySpan<byte> pkcs8, ReadOnlySpan<byte> subjectPublicKeyInfo) =>
        new LibcryptoPrivateKey(KeyNumbers.Read(pkcs8, subjectPublicKeyInfo), pkcs8);

    /// <inheritdoc/>
    public override SecretBytes DecryptPkcs8(ReadOnlySpan<byte> encryptedPkcs8, ReadOnlySpan<byte> passphrase) =>
        EncryptedKey.Decrypt(encryptedPkcs8, passphrase);
}
