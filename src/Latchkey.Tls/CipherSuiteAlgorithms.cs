using Latchkey.Crypto;

namespace Latchkey.Tls;

/// <summary>What the name of a suite says.</summary>
public static class CipherSuiteAlgorithms
{
    /// <summary>The AEAD that protects records.</summary>
    public static AeadAlgorithm Aead(this CipherSuite suite) => suite switch
    {
        CipherSuite.TLS_AES_128_GCM_SHA256 or
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 or
        CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or
        CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256 => AeadAlgorithm.Aes128Gcm,
        CipherSuite.TLS_AES_256_GCM_SHA384 or
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 or
        CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 or
        CipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384 => AeadAlgorithm.Aes256Gcm,
        CipherSuite.TLS_CHACHA20_POLY1305_SHA256 or
        CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 or
        CipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => AeadAlgorithm.ChaCha20Poly1305,
        _ => throw new ArgumentOutOfRangeException(nameof(suite), suite, "Not a suite that is served."),
    };

    /// <summary>The digest of transcript, key schedule and PRF.</summary>
    public static DigestAlgorithm Digest(this CipherSuite suite) =>
        suite.Aead() == AeadAlgorithm.Aes256Gcm ? DigestAlgorithm.Sha384 : DigestAlgorithm.Sha256;
}
