using System.Collections.Frozen;
using Latchkey.Crypto;

namespace Latchkey.Tls;

/// <summary>What the name of a suite says, in one table. Its order is the server's preference.</summary>
/// <param name="Suite">The suite.</param>
/// <param name="Version">The one version it belongs to.</param>
/// <param name="KeyExchange">How the premaster secret comes about.</param>
/// <param name="Authentication">What kind of certificate it wants.</param>
/// <param name="Aead">What protects records.</param>
/// <param name="Digest">Of transcript, key schedule and PRF.</param>
/// <param name="Profile">The strictest profile that offers it.</param>
internal sealed record CipherSuiteFacts(CipherSuite Suite, TlsVersion Version, KeyExchangeMethod KeyExchange, SuiteAuthentication Authentication, AeadAlgorithm Aead, DigestAlgorithm Digest, TlsProfile Profile)
{
    /// <summary>
    /// All suites served, best first: forward secrecy before none, AES before ChaCha20 (servers have AES instructions; a client
    /// without them says so by its order, see <see cref="Negotiation.SuitePreference"/>), 128 bits before 256.
    /// </summary>
    public static IReadOnlyList<CipherSuiteFacts> All { get; } =
    [
        Tls13(CipherSuite.TLS_AES_128_GCM_SHA256, AeadAlgorithm.Aes128Gcm),
        Tls13(CipherSuite.TLS_AES_256_GCM_SHA384, AeadAlgorithm.Aes256Gcm),
        Tls13(CipherSuite.TLS_CHACHA20_POLY1305_SHA256, AeadAlgorithm.ChaCha20Poly1305),
        Ecdhe(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, SuiteAuthentication.Ecdsa, AeadAlgorithm.Aes128Gcm),
        Ecdhe(CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, SuiteAuthentication.Rsa, AeadAlgorithm.Aes128Gcm),
        Ecdhe(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, SuiteAuthentication.Ecdsa, AeadAlgorithm.Aes256Gcm),
        Ecdhe(CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, SuiteAuthentication.Rsa, AeadAlgorithm.Aes256Gcm),
        Ecdhe(CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, SuiteAuthentication.Ecdsa, AeadAlgorithm.ChaCha20Poly1305),
        Ecdhe(CipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, SuiteAuthentication.Rsa, AeadAlgorithm.ChaCha20Poly1305),
        Rsa(CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256, AeadAlgorithm.Aes128Gcm),
        Rsa(CipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384, AeadAlgorithm.Aes256Gcm),
    ];

    private static readonly FrozenDictionary<CipherSuite, CipherSuiteFacts> BySuite = All.ToFrozenDictionary(facts => facts.Suite);

    /// <summary>Of a suite that is served.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static CipherSuiteFacts Of(CipherSuite suite) => BySuite.TryGetValue(suite, out var facts)
        ? facts
        : throw new ArgumentOutOfRangeException(nameof(suite), suite, "Not a suite that is served.");

    /// <summary>Of any suite that a peer may name; null where it is not served.</summary>
    public static CipherSuiteFacts? Find(CipherSuite suite) => BySuite.GetValueOrDefault(suite);

    /// <summary>TLS 1.2: bytes of the IV that comes from the key block (RFC 5288 §3: 4, RFC 7905 §2: 12).</summary>
    public int FixedIvSize => Aead == AeadAlgorithm.ChaCha20Poly1305 ? 12 : 4;

    private static CipherSuiteFacts Tls13(CipherSuite suite, AeadAlgorithm aead) =>
        new(suite, TlsVersion.Tls13, KeyExchangeMethod.Negotiated, SuiteAuthentication.Any, aead, DigestFor(aead), TlsProfile.Default);

    private static CipherSuiteFacts Ecdhe(CipherSuite suite, SuiteAuthentication authentication, AeadAlgorithm aead) =>
        new(suite, TlsVersion.Tls12, KeyExchangeMethod.Ecdhe, authentication, aead, DigestFor(aead), TlsProfile.Default);

    private static CipherSuiteFacts Rsa(CipherSuite suite, AeadAlgorithm aead) =>
        new(suite, TlsVersion.Tls12, KeyExchangeMethod.Rsa, SuiteAuthentication.Rsa, aead, DigestFor(aead), TlsProfile.Compatible);

    private static DigestAlgorithm DigestFor(AeadAlgorithm aead) => aead == AeadAlgorithm.Aes256Gcm ? DigestAlgorithm.Sha384 : DigestAlgorithm.Sha256;
}

/// <summary>How a suite comes to its premaster secret.</summary>
internal enum KeyExchangeMethod
{
    /// <summary>TLS 1.3: not the suite's business.</summary>
    Negotiated,
    /// <summary>Ephemeral elliptic curves, signed.</summary>
    Ecdhe,
    /// <summary>Encrypted to the certificate's key: no forward secrecy.</summary>
    Rsa,
}

/// <summary>What kind of certificate a suite wants.</summary>
internal enum SuiteAuthentication
{
    /// <summary>TLS 1.3: not the suite's business.</summary>
    Any,
    /// <summary>An RSA key.</summary>
    Rsa,
    /// <summary>A key on a curve: ECDSA, and Ed25519 (RFC 8422 §5.10).</summary>
    Ecdsa,
}
