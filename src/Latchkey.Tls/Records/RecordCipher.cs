using Latchkey.Crypto;

namespace Latchkey.Tls.Records;

/// <summary>What protects the records of a suite: an AEAD, or a block cipher with an HMAC. Says how a TLS 1.2 key block is cut.</summary>
internal abstract record RecordCipher
{
    /// <summary>Bytes of the cipher's key.</summary>
    public abstract int KeySize { get; }

    /// <summary>Bytes of the MAC key from the key block.</summary>
    public abstract int MacKeySize { get; }

    /// <summary>Bytes of the IV from the key block.</summary>
    public abstract int FixedIvSize { get; }

    /// <summary>Whether it authenticates by itself, so that encrypt_then_mac means nothing to it (RFC 7366 §3) and HTTP/2 takes it.</summary>
    public abstract bool IsAead { get; }

    /// <summary>Whether the provider can do it in constant time, with encrypt-then-MAC or without.</summary>
    public abstract bool IsSupported(CryptoProvider crypto, bool encryptThenMac);

    /// <summary>Makes the protection of one direction of TLS 1.2; the keys are lent.</summary>
    public abstract RecordProtection Protect(CryptoProvider crypto, Tls12TrafficKeys keys);
}

/// <summary>AES-GCM and ChaCha20-Poly1305.</summary>
internal sealed record AeadRecordCipher(AeadAlgorithm Algorithm) : RecordCipher
{
    /// <inheritdoc/>
    public override int KeySize => Algorithm.KeySizeInBytes();

    /// <inheritdoc/>
    public override int MacKeySize => 0;

    /// <inheritdoc/>
    // RFC 5288 §3: 4, the salt; RFC 7905 §2: 12.
    public override int FixedIvSize => Algorithm == AeadAlgorithm.ChaCha20Poly1305 ? 12 : 4;

    /// <inheritdoc/>
    public override bool IsAead => true;

    /// <inheritdoc/>
    public override bool IsSupported(CryptoProvider crypto, bool encryptThenMac) => true;

    /// <inheritdoc/>
    public override RecordProtection Protect(CryptoProvider crypto, Tls12TrafficKeys keys) => new Tls12AeadProtection(crypto, Algorithm, keys.Key, keys.FixedIv);
}

/// <summary>AES-CBC with an HMAC. Its IVs travel in the records (RFC 5246 §6.2.3.2), so that none comes from the key block.</summary>
internal sealed record BlockRecordCipher(int AesKeySize, DigestAlgorithm Mac) : RecordCipher
{
    /// <inheritdoc/>
    public override int KeySize => AesKeySize;

    /// <inheritdoc/>
    public override int MacKeySize => Mac.SizeInBytes();

    /// <inheritdoc/>
    public override int FixedIvSize => 0;

    /// <inheritdoc/>
    public override bool IsAead => false;

    /// <inheritdoc/>
    public override bool IsSupported(CryptoProvider crypto, bool encryptThenMac) => encryptThenMac || crypto.SupportsMacThenEncrypt;

    /// <inheritdoc/>
    public override RecordProtection Protect(CryptoProvider crypto, Tls12TrafficKeys keys) => keys.EncryptThenMac
        ? new Tls12EncryptThenMacProtection(crypto, Mac, keys.Key, keys.MacKey)
        : new Tls12MacThenEncryptProtection(crypto, Mac, keys.Key, keys.MacKey);
}
