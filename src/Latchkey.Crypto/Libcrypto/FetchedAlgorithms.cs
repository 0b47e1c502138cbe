namespace Latchkey.Crypto.Libcrypto;

/// <summary>
/// Algorithms looked up once for the life of the process: in 3.x an implicit fetch takes locks and about a microsecond,
/// which is more than a small record.
/// </summary>
internal static class FetchedAlgorithms
{
    private static readonly nint Md5Sha1 = FetchDigest("MD5-SHA1");
    private static readonly nint Sha1 = FetchDigest("SHA1");
    private static readonly nint Sha224 = FetchDigest("SHA2-224");
    private static readonly nint Sha256 = FetchDigest("SHA2-256");
    private static readonly nint Sha384 = FetchDigest("SHA2-384");
    private static readonly nint Sha512 = FetchDigest("SHA2-512");
    private static readonly nint Aes128Gcm = FetchCipher("AES-128-GCM");
    private static readonly nint Aes256Gcm = FetchCipher("AES-256-GCM");
    private static readonly nint ChaCha20Poly1305 = FetchCipher("ChaCha20-Poly1305");

    private static readonly nint Aes128Cbc = FetchCipher("AES-128-CBC");
    private static readonly nint Aes256Cbc = FetchCipher("AES-256-CBC");
    private static readonly nint HmacOrNone = Forgive(Native.EVP_MAC_fetch(0, "HMAC", 0));

    /// <summary>The EVP_MAC of HMAC.</summary>
    internal static nint Hmac => HmacOrNone != 0 ? HmacOrNone : throw new PlatformNotSupportedException("This libcrypto has no HMAC.");

    /// <summary>The EVP_CIPHER of AES-CBC with a key of 16 or 32 bytes.</summary>
    internal static nint AesCbc(int keySize) => keySize == 16 ? Aes128Cbc : Aes256Cbc;

    /// <summary>The EVP_MD.</summary>
    internal static nint Digest(DigestAlgorithm algorithm) => OrThrow(algorithm switch
    {
        DigestAlgorithm.Md5Sha1 => Md5Sha1,
        DigestAlgorithm.Sha1 => Sha1,
        DigestAlgorithm.Sha224 => Sha224,
        DigestAlgorithm.Sha256 => Sha256,
        DigestAlgorithm.Sha384 => Sha384,
        DigestAlgorithm.Sha512 => Sha512,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    }, algorithm);

    /// <summary>The EVP_CIPHER.</summary>
    internal static nint Cipher(AeadAlgorithm algorithm) => OrThrow(algorithm switch
    {
        AeadAlgorithm.Aes128Gcm => Aes128Gcm,
        AeadAlgorithm.Aes256Gcm => Aes256Gcm,
        AeadAlgorithm.ChaCha20Poly1305 => ChaCha20Poly1305,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    }, algorithm);

    // A library in FIPS mode lacks some (MD5-SHA1, ChaCha20): that is an error on first use, not at start.
    private static nint OrThrow<T>(nint fetched, T algorithm) where T : struct, Enum =>
        fetched != 0 ? fetched : throw new PlatformNotSupportedException($"This libcrypto has no {algorithm}.");

    private static nint FetchDigest(string name) => Forgive(Native.EVP_MD_fetch(0, name, 0));

    private static nint FetchCipher(string name) => Forgive(Native.EVP_CIPHER_fetch(0, name, 0));

    private static nint Forgive(nint fetched)
    {
        if (fetched == 0)
            LibcryptoError.Clear();
        return fetched;
    }
}
