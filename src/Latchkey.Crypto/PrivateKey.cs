namespace Latchkey.Crypto;

/// <summary>
/// A private key in this process's memory. Thread-safe: one object may serve many operations at once.
/// Keys in an HSM or TPM, which have to be waited for, stand behind the key server's key store instead.
/// </summary>
public abstract class PrivateKey : IDisposable
{
    /// <summary>Kind of key.</summary>
    public abstract KeyAlgorithm Algorithm { get; }

    /// <summary>Modulus or curve size in bits.</summary>
    public abstract int KeySizeBits { get; }

    /// <summary>DER SubjectPublicKeyInfo of the pair.</summary>
    public abstract ReadOnlyMemory<byte> SubjectPublicKeyInfo { get; }

    /// <summary>Signs a whole message (TLS form: ECDSA and DSA as DER SEQUENCE {r, s}).</summary>
    /// <exception cref="ArgumentException">The scheme does not go with this key.</exception>
    public abstract byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> message);

    /// <summary>Signs a digest made elsewhere: the deployed protocol's raw operations and nothing else.</summary>
    /// <exception cref="ArgumentException">Padding or digest length do not go with this key.</exception>
    public abstract byte[] SignDigest(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash);

    /// <summary>
    /// RSA-decrypts a TLS premaster secret in constant time (RFC 5246 §7.4.7.1): always 48 bytes; where padding, length or
    /// version are bad they look random, on the same path and in the same time. The same question gets the same answer, from every machine that has
    /// the key: fresh random bytes would tell good padding from bad to whoever asks twice.
    /// </summary>
    /// <param name="encryptedPremaster">Ciphertext of any length: a wrong length counts as bad padding.</param>
    /// <param name="clientVersion">The version in the ClientHello (0x0303), which the premaster must begin with.</param>
    /// <exception cref="ArgumentException">Not an RSA key.</exception>
    public abstract SecretBytes DecryptPremaster(ReadOnlySpan<byte> encryptedPremaster, ushort clientVersion);

    /// <summary>
    /// The raw RSA private operation, left-padded to the modulus length: the deployed protocol's operation 01 and nothing else.
    /// </summary>
    /// <exception cref="ArgumentException">Not an RSA key, or the ciphertext is not of the modulus' length or not below it.</exception>
    public abstract SecretBytes DecryptRaw(ReadOnlySpan<byte> ciphertext);

    /// <summary>Whether premaster secrets of RSA key exchanges can be opened with it, in constant time. Default: every RSA key's can.</summary>
    public virtual bool ServesRsaKeyExchange => Algorithm == KeyAlgorithm.Rsa;

    /// <summary>The key as PKCS#8 (DER), for an owner who lets it go elsewhere (catalogue S6); the caller owns it. null: it does not leave where it is.</summary>
    public virtual SecretBytes? ExportPkcs8() => null;

    /// <summary>Zeroes and frees the key.</summary>
    public abstract void Dispose();
}

/// <summary>How a digest is made into a signature.</summary>
public enum SignaturePadding
{
    /// <summary>ECDSA and DSA: none.</summary>
    None,
    /// <summary>RSA PKCS#1 v1.5 (DigestInfo, but none for MD5+SHA-1).</summary>
    Pkcs1,
    /// <summary>RSA-PSS, MGF1 with the same hash, salt as long as the hash.</summary>
    Pss,
}
