using System.Collections.Frozen;
using Latchkey.Crypto;
using Latchkey.Tls.Records;

namespace Latchkey.Tls;

/// <summary>What the name of a suite says, in one table. Its order is the server's preference.</summary>
/// <param name="Suite">The suite.</param>
/// <param name="Version">The one version it belongs to.</param>
/// <param name="KeyExchange">How the premaster secret comes about.</param>
/// <param name="Authentication">What kind of certificate it wants.</param>
/// <param name="Cipher">What protects records.</param>
/// <param name="Digest">Of transcript, key schedule and PRF.</param>
/// <param name="Profile">The strictest profile that offers it.</param>
internal sealed record CipherSuiteFacts(CipherSuite Suite, TlsVersion Version, KeyExchangeMethod KeyExchange, SuiteAuthentication Authentication, RecordCipher Cipher, DigestAlgorithm Digest, TlsProfile Profile)
{
    private static readonly AeadRecordCipher Aes128Gcm = new(AeadAlgorithm.Aes128Gcm);
    private static readonly AeadRecordCipher Aes256Gcm = new(AeadAlgorithm.Aes256Gcm);
    private static readonly AeadRecordCipher ChaCha20 = new(AeadAlgorithm.ChaCha20Poly1305);
    private static readonly BlockRecordCipher Aes128Sha = new(16, DigestAlgorithm.Sha1);
    private static readonly BlockRecordCipher Aes256Sha = new(32, DigestAlgorithm.Sha1);
    private static readonly BlockRecordCipher Aes128Sha256 = new(16, DigestAlgorithm.Sha256);
    private static readonly BlockRecordCipher Aes256Sha256 = new(32, DigestAlgorithm.Sha256);
    private static readonly BlockRecordCipher Aes256Sha384 = new(32, DigestAlgorithm.Sha384);

    /// <summary>
    /// All suites served, best first: forward secrecy before none, AEADs before CBC, curves before finite fields (a tenth of the time), AES
    /// before ChaCha20 (servers have AES instructions; a client without them says so by its order, see
    /// <see cref="Negotiation.SuitePreference"/>), 128 bits before 256.
    /// </summary>
    public static IReadOnlyList<CipherSuiteFacts> All { get; } =
    [
        Tls13(CipherSuite.TLS_AES_128_GCM_SHA256, Aes128Gcm),
        Tls13(CipherSuite.TLS_AES_256_GCM_SHA384, Aes256Gcm),
        Tls13(CipherSuite.TLS_CHACHA20_POLY1305_SHA256, ChaCha20),
        Ecdhe(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, SuiteAuthentication.Ecdsa, Aes128Gcm),
        Ecdhe(CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, SuiteAuthentication.Rsa, Aes128Gcm),
        Ecdhe(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, SuiteAuthentication.Ecdsa, Aes256Gcm),
        Ecdhe(CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, SuiteAuthentication.Rsa, Aes256Gcm),
        Ecdhe(CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, SuiteAuthentication.Ecdsa, ChaCha20),
        Ecdhe(CipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, SuiteAuthentication.Rsa, ChaCha20),
        Dhe(CipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, Aes128Gcm),
        Dhe(CipherSuite.TLS_DHE_RSA_WITH_AES_256_GCM_SHA384, Aes256Gcm),
        Dhe(CipherSuite.TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256, ChaCha20),
        Dss(CipherSuite.TLS_DHE_DSS_WITH_AES_128_GCM_SHA256, Aes128Gcm),
        Dss(CipherSuite.TLS_DHE_DSS_WITH_AES_256_GCM_SHA384, Aes256Gcm),
        Ecdhe(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, SuiteAuthentication.Ecdsa, Aes128Sha256),
        Ecdhe(CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, SuiteAuthentication.Rsa, Aes128Sha256),
        Ecdhe(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384, SuiteAuthentication.Ecdsa, Aes256Sha384),
        Ecdhe(CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, SuiteAuthentication.Rsa, Aes256Sha384),
        Ecdhe(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, SuiteAuthentication.Ecdsa, Aes128Sha),
        Ecdhe(CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, SuiteAuthentication.Rsa, Aes128Sha),
        Ecdhe(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, SuiteAuthentication.Ecdsa, Aes256Sha),
        Ecdhe(CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, SuiteAuthentication.Rsa, Aes256Sha),
        Dhe(CipherSuite.TLS_DHE_RSA_WITH_AES_128_CBC_SHA256, Aes128Sha256),
        Dhe(CipherSuite.TLS_DHE_RSA_WITH_AES_256_CBC_SHA256, Aes256Sha256),
        Dhe(CipherSuite.TLS_DHE_RSA_WITH_AES_128_CBC_SHA, Aes128Sha),
        Dhe(CipherSuite.TLS_DHE_RSA_WITH_AES_256_CBC_SHA, Aes256Sha),
        Dss(CipherSuite.TLS_DHE_DSS_WITH_AES_128_CBC_SHA256, Aes128Sha256),
        Dss(CipherSuite.TLS_DHE_DSS_WITH_AES_256_CBC_SHA256, Aes256Sha256),
        Dss(CipherSuite.TLS_DHE_DSS_WITH_AES_128_CBC_SHA, Aes128Sha),
        Dss(CipherSuite.TLS_DHE_DSS_WITH_AES_256_CBC_SHA, Aes256Sha),
        Ecdhe(CipherSuite.TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256, SuiteAuthentication.PreSharedKey, Aes128Gcm),
        Ecdhe(CipherSuite.TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384, SuiteAuthentication.PreSharedKey, Aes256Gcm),
        Ecdhe(CipherSuite.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256, SuiteAuthentication.PreSharedKey, ChaCha20),
        Dhe(CipherSuite.TLS_DHE_PSK_WITH_AES_128_GCM_SHA256, Aes128Gcm, SuiteAuthentication.PreSharedKey),
        Dhe(CipherSuite.TLS_DHE_PSK_WITH_AES_256_GCM_SHA384, Aes256Gcm, SuiteAuthentication.PreSharedKey),
        Dhe(CipherSuite.TLS_DHE_PSK_WITH_CHACHA20_POLY1305_SHA256, ChaCha20, SuiteAuthentication.PreSharedKey),
        Ecdhe(CipherSuite.TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256, SuiteAuthentication.PreSharedKey, Aes128Sha256),
        Ecdhe(CipherSuite.TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA384, SuiteAuthentication.PreSharedKey, Aes256Sha384),
        Dhe(CipherSuite.TLS_DHE_PSK_WITH_AES_128_CBC_SHA256, Aes128Sha256, SuiteAuthentication.PreSharedKey),
        Dhe(CipherSuite.TLS_DHE_PSK_WITH_AES_256_CBC_SHA384, Aes256Sha384, SuiteAuthentication.PreSharedKey),
        Ecdhe(CipherSuite.TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA, SuiteAuthentication.PreSharedKey, Aes128Sha),
        Ecdhe(CipherSuite.TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA, SuiteAuthentication.PreSharedKey, Aes256Sha),
        Dhe(CipherSuite.TLS_DHE_PSK_WITH_AES_128_CBC_SHA, Aes128Sha, SuiteAuthentication.PreSharedKey),
        Dhe(CipherSuite.TLS_DHE_PSK_WITH_AES_256_CBC_SHA, Aes256Sha, SuiteAuthentication.PreSharedKey),
        Rsa(CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256, Aes128Gcm),
        Rsa(CipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384, Aes256Gcm),
        Rsa(CipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA256, Aes128Sha256),
        Rsa(CipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA256, Aes256Sha256),
        Rsa(CipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA, Aes128Sha),
        Rsa(CipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA, Aes256Sha),
    ];

    private static readonly FrozenDictionary<CipherSuite, CipherSuiteFacts> BySuite = All.ToFrozenDictionary(facts => facts.Suite);

    /// <summary>Of a suite that is served.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static CipherSuiteFacts Of(CipherSuite suite) => BySuite.TryGetValue(suite, out var facts)
        ? facts
        : throw new ArgumentOutOfRangeException(nameof(suite), suite, "Not a suite that is served.");

    /// <summary>Of any suite that a peer may name; null where it is not served.</summary>
    public static CipherSuiteFacts? Find(CipherSuite suite) => BySuite.GetValueOrDefault(suite);

    /// <summary>Whether a key learned later opens nothing that was recorded before.</summary>
    public bool HasForwardSecrecy => KeyExchange != KeyExchangeMethod.Rsa;

    private static CipherSuiteFacts Tls13(CipherSuite suite, AeadRecordCipher cipher) =>
        new(suite, TlsVersion.Tls13, KeyExchangeMethod.Negotiated, SuiteAuthentication.Any, cipher, DigestFor(cipher), TlsProfile.Default);

    private static CipherSuiteFacts Ecdhe(CipherSuite suite, SuiteAuthentication authentication, RecordCipher cipher) =>
        new(suite, TlsVersion.Tls12, KeyExchangeMethod.Ecdhe, authentication, cipher, DigestFor(cipher), StrictestFor(cipher, TlsProfile.Default));

    private static CipherSuiteFacts Dhe(CipherSuite suite, RecordCipher cipher, SuiteAuthentication authentication = SuiteAuthentication.Rsa) =>
        new(suite, TlsVersion.Tls12, KeyExchangeMethod.Dhe, authentication, cipher, DigestFor(cipher), StrictestFor(cipher, TlsProfile.Compatible));

    private static CipherSuiteFacts Dss(CipherSuite suite, RecordCipher cipher) =>
        new(suite, TlsVersion.Tls12, KeyExchangeMethod.Dhe, SuiteAuthentication.Dss, cipher, DigestFor(cipher), TlsProfile.Legacy);

    private static CipherSuiteFacts Rsa(CipherSuite suite, RecordCipher cipher) =>
        new(suite, TlsVersion.Tls12, KeyExchangeMethod.Rsa, SuiteAuthentication.Rsa, cipher, DigestFor(cipher), StrictestFor(cipher, TlsProfile.Compatible));

    private static TlsProfile StrictestFor(RecordCipher cipher, TlsProfile profile) => cipher.IsAead ? profile : TlsProfile.Legacy;

    // The names that end in SHA name the MAC only: TLS 1.2 derives with SHA-256 there (RFC 5246 §5).
    private static DigestAlgorithm DigestFor(RecordCipher cipher) => cipher == Aes256Gcm || cipher == Aes256Sha384 ? DigestAlgorithm.Sha384 : DigestAlgorithm.Sha256;
}

/// <summary>How a suite comes to its premaster secret.</summary>
internal enum KeyExchangeMethod
{
    /// <summary>TLS 1.3: not the suite's business.</summary>
    Negotiated,
    /// <summary>Ephemeral elliptic curves, signed.</summary>
    Ecdhe,
    /// <summary>Ephemeral finite-field Diffie-Hellman, signed.</summary>
    Dhe,
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
    /// <summary>A DSA key.</summary>
    Dss,
    /// <summary>None: a pre-shared key authenticates both sides (G4).</summary>
    PreSharedKey,
}
