namespace Latchkey.Tls;

/// <summary>Cipher suites by their IANA names and values. What a site offers is its <see cref="TlsProfile"/>'s business.</summary>
public enum CipherSuite : ushort
{
    /// <summary>TLS 1.3.</summary>
    TLS_AES_128_GCM_SHA256 = 0x1301,
    /// <summary>TLS 1.3.</summary>
    TLS_AES_256_GCM_SHA384 = 0x1302,
    /// <summary>TLS 1.3.</summary>
    TLS_CHACHA20_POLY1305_SHA256 = 0x1303,
    /// <summary>TLS 1.2, RFC 5289.</summary>
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 = 0xC02B,
    /// <summary>TLS 1.2, RFC 5289.</summary>
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 = 0xC02C,
    /// <summary>TLS 1.2, RFC 5289.</summary>
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 = 0xC02F,
    /// <summary>TLS 1.2, RFC 5289.</summary>
    TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 = 0xC030,
    /// <summary>TLS 1.2, RFC 7905.</summary>
    TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 = 0xCCA8,
    /// <summary>TLS 1.2, RFC 7905.</summary>
    TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 = 0xCCA9,
    /// <summary>TLS 1.2, RFC 5288, profile compatible.</summary>
    TLS_RSA_WITH_AES_128_GCM_SHA256 = 0x009C,
    /// <summary>TLS 1.2, RFC 5288, profile compatible.</summary>
    TLS_RSA_WITH_AES_256_GCM_SHA384 = 0x009D,
}
