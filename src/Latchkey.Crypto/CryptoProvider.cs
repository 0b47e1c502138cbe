namespace Latchkey.Crypto;

/// <summary>
/// Does the cryptography that the engine only names. Two exist: libcrypto called directly (Linux, the default there)
/// and System.Security.Cryptography (elsewhere, and the second opinion in tests).
/// </summary>
/// <remarks>A provider is thread-safe; what it creates is not, and belongs to the caller.</remarks>
public abstract class CryptoProvider
{
    /// <summary>The fastest provider that works on this machine.</summary>
    public static CryptoProvider Default { get; } = ChooseDefault();

    /// <summary>System.Security.Cryptography: works everywhere, lacks X25519 and Ed25519, and is the second opinion in tests.</summary>
    public static CryptoProvider BaseLibrary => SystemCryptography.SystemProvider.Instance;

    /// <summary>Short name for logs, with the library's version: <c>libcrypto 3.0.19</c>.</summary>
    public abstract string Name { get; }

    /// <summary>An AEAD under one key, reusable for every record of one direction.</summary>
    public abstract Aead CreateAead(AeadAlgorithm algorithm, ReadOnlySpan<byte> key);

    /// <summary>AES-CBC with TLS' padding under one key of 16 or 32 bytes, for encrypt-then-MAC.</summary>
    public abstract AesCbc CreateAesCbc(ReadOnlySpan<byte> key);

    /// <summary>Whether <see cref="CreateMacThenEncrypt"/> can be done here in constant time, which is the only way it is done.</summary>
    public abstract bool SupportsMacThenEncrypt { get; }

    /// <summary>AES-CBC with HMAC inside, as TLS 1.2 has it without encrypt-then-MAC, under keys of one direction.</summary>
    /// <param name="mac">SHA-1, SHA-256 or SHA-384.</param>
    /// <param name="key">16 or 32 bytes.</param>
    /// <param name="macKey">As long as the MAC.</param>
    /// <exception cref="PlatformNotSupportedException">See <see cref="SupportsMacThenEncrypt"/>.</exception>
    public abstract MacThenEncrypt CreateMacThenEncrypt(DigestAlgorithm mac, ReadOnlySpan<byte> key, ReadOnlySpan<byte> macKey);

    /// <summary>A hash that can be read without ending it.</summary>
    public abstract RunningHash CreateHash(DigestAlgorithm algorithm);

    /// <summary>One-shot hash; <paramref name="destination"/> holds at least the digest's size.</summary>
    public abstract void Hash(DigestAlgorithm algorithm, ReadOnlySpan<byte> data, Span<byte> destination);

    /// <summary>An HMAC under one key, reusable for many messages.</summary>
    public abstract Hmac CreateHmac(DigestAlgorithm algorithm, ReadOnlySpan<byte> key);

    /// <summary>HMAC of one message, given in two parts (either may be empty); <paramref name="destination"/> holds at least the digest's
    /// size and may overlap neither part. What a key schedule is made of: each key serves once.</summary>
    public virtual void Hmac(DigestAlgorithm algorithm, ReadOnlySpan<byte> key, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> destination)
    {
        using Hmac hmac = CreateHmac(algorithm, key);
        hmac.Append(first);
        hmac.Append(second);
        hmac.Finish(destination);
    }

    /// <summary>Whether key exchange in <paramref name="group"/> can be done here (X25519MLKEM768 depends on the platform).</summary>
    public abstract bool Supports(NamedGroup group);

    /// <summary>Why <paramref name="group"/> cannot be done here, for the log; null where it can.</summary>
    public virtual string? UnsupportedReason(NamedGroup group) => Supports(group) ? null : $"{Name} has no {group}";

    /// <summary>Whether signatures by such keys can be made and verified here.</summary>
    public abstract bool Supports(KeyAlgorithm algorithm);

    /// <summary>Generates a fresh key pair for one exchange, whose public value is sent first (TLS 1.2 server, any client).</summary>
    public abstract KeyExchange CreateKeyExchange(NamedGroup group);

    /// <summary>A pair whose private value is known: one that <see cref="KeyExchange.ExportPrivateValue"/> gave out. The value is copied.</summary>
    /// <param name="privateValue">Big-endian, but for X25519 (RFC 7748 §5).</param>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It is no private value of the group.</exception>
    public abstract KeyExchange ImportKeyExchange(NamedGroup group, ReadOnlySpan<byte> privateValue);

    /// <summary>
    /// Answers a peer's share (TLS 1.3 server; the encapsulating side of a KEM): makes a fresh key pair and derives in one go.
    /// </summary>
    /// <returns>null where the peer's value is not acceptable: wrong length, point off the curve, all-zero X25519
    /// secret (RFC 7748 §6.1), malformed encapsulation key.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A finite-field group: those are TLS 1.2's.</exception>
    public abstract KeyExchangeAnswer? AnswerKeyExchange(NamedGroup group, ReadOnlySpan<byte> peerPublicValue);

    /// <summary>
    /// Whether a value is one that a key pair of P-256, P-384, X25519 or a finite-field group can have: the right length and form, on the
    /// curve, in the range of RFC 7919 §5.1. To be asked where somebody else's value is to be signed: bytes that merely have a point's
    /// length can be a document (attack 4). In a finite field nearly every number is a public value, so that whoever signs one has to
    /// see to it otherwise that the whole is no document.
    /// </summary>
    public abstract bool IsPublicValue(NamedGroup group, ReadOnlySpan<byte> publicValue);

    /// <summary>Reads a SubjectPublicKeyInfo (DER).</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">Not a supported public key; the message says why.</exception>
    public abstract PublicKey ImportPublicKey(ReadOnlySpan<byte> subjectPublicKeyInfo);

    /// <summary>Reads an unencrypted PKCS#8 PrivateKeyInfo (DER). The caller zeroes the source.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">Not a supported private key; the message says why.</exception>
    public abstract PrivateKey ImportPrivateKey(ReadOnlySpan<byte> pkcs8);

    /// <summary>The same for a key that is here for a while (a split one, joined; one that was fetched): where the provider can, nothing of it stays behind in memory when it is disposed.</summary>
    /// <param name="pkcs8">The caller zeroes it.</param>
    /// <param name="subjectPublicKeyInfo">Its public half.</param>
    /// <exception cref="System.Security.Cryptography.CryptographicException">Not a supported private key; the message says why.</exception>
    public virtual PrivateKey ImportTransientPrivateKey(ReadOnlySpan<byte> pkcs8, ReadOnlySpan<byte> subjectPublicKeyInfo) => ImportPrivateKey(pkcs8);

    /// <summary>Decrypts an EncryptedPrivateKeyInfo (RFC 5958 §3) to the PKCS#8 inside; the caller owns it.</summary>
    /// <param name="encryptedPkcs8">DER.</param>
    /// <param name="passphrase">UTF-8.</param>
    /// <exception cref="System.Security.Cryptography.CryptographicException">Wrong passphrase, unknown cipher, or not such a structure.</exception>
    public abstract SecretBytes DecryptPkcs8(ReadOnlySpan<byte> encryptedPkcs8, ReadOnlySpan<byte> passphrase);

    private static CryptoProvider ChooseDefault() =>
        Libcrypto.LibcryptoProvider.Instance ?? (CryptoProvider)SystemCryptography.SystemProvider.Instance;
}

/// <summary>The server's half of a key exchange done in one step.</summary>
/// <param name="PublicValue">What goes to the peer.</param>
/// <param name="SharedSecret">Owned by the receiver of this record.</param>
public sealed record KeyExchangeAnswer(byte[] PublicValue, SecretBytes SharedSecret);
