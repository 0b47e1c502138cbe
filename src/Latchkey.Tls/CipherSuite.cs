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
    /// <summary>TLS 1.2, RFC 5288, profile compatible.</summary>
    TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 = 0x009E,
    /// <summary>TLS 1.2, RFC 5288, profile compatible.</summary>
    TLS_DHE_RSA_WITH_AES_256_GCM_SHA384 = 0x009F,
    /// <summary>TLS 1.2, RFC 7905, profile compatible.</summary>
    TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256 = 0xCCAA,
    /// <summary>TLS 1.2, RFC 5288, profile legacy.</summary>
    TLS_DHE_DSS_WITH_AES_128_GCM_SHA256 = 0x00A2,
    /// <summary>TLS 1.2, RFC 5288, profile legacy.</summary>
    TLS_DHE_DSS_WITH_AES_256_GCM_SHA384 = 0x00A3,
    /// <summary>TLS 1.2, RFC 5246, profile legacy.</summary>
    TLS_RSA_WITH_AES_128_CBC_SHA = 0x002F,
    /// <summary>TLS 1.2, RFC 5246, profile legacy.</summary>
    TLS_DHE_DSS_WITH_AES_128_CBC_SHA = 0x0032,
    /// <summary>TLS 1.2, RFC 5246, profile legacy.</summary>
    TLS_DHE_RSA_WITH_AES_128_CBC_SHA = 0x0033,
    /// <summary>TLS 1.2, RFC 5246, profile legacy.</summary>
    TLS_RSA_WITH_AES_256_CBC_SHA = 0x0035,
    /// <summary>TLS 1.2, RFC 5246, profile legacy.</summary>
    TLS_DHE_DSS_WITH_AES_256_CBC_SHA = 0x0038,
    /// <summary>TLS 1.2, RFC 5246, profile legacy.</summary>
    TLS_DHE_RSA_WITH_AES_256_CBC_SHA = 0x0039,
    /// <summary>TLS 1.2, RFC 5246, profile legacy.</summary>
    TLS_RSA_WITH_AES_128_CBC_SHA256 = 0x003C,
    /// <summary>TLS 1.2, RFC 5246, profile legacy.</summary>
    TLS_RSA_WITH_AES_256_CBC_SHA256 = 0x003D,
    /// <summary>TLS 1.2, RFC 5246, profile legacy.</summary>
    TLS_DHE_DSS_WITH_AES_128_CBC_SHA256 = 0x0040,
    /// <summary>TLS 1.2, RFC 5246, profile legacy.</summary>
    TLS_DHE_RSA_WITH_AES_128_CBC_SHA256 = 0x0067,
    /// <summary>TLS 1.2, RFC 5246, profile legacy.</summary>
    TLS_DHE_DSS_WITH_AES_256_CBC_SHA256 = 0x006A,
    /// <summary>TLS 1.2, RFC 5246, profile legacy.</summary>
    TLS_DHE_RSA_WITH_AES_256_CBC_SHA256 = 0x006B,
    /// <summary>TLS 1.2, RFC 8422, profile legacy.</summary>
    TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA = 0xC009,
    /// <summary>TLS 1.2, RFC 8422, profile legacy.</summary>
    TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA = 0xC00A,
    /// <summary>TLS 1.2, RFC 8422, profile legacy.</summary>
    TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA = 0xC013,
    /// <summary>TLS 1.2, RFC 8422, profile legacy.</summary>
    TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA = 0xC014,
    /// <summary>TLS 1.2, RFC 5289, profile legacy.</summary>
    TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 = 0xC023,
    /// <summary>TLS 1.2, RFC 5289, profile legacy.</summary>
    TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384 = 0xC024,
    /// <summary>TLS 1.2, RFC 5289, profile legacy.</summary>
    TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 = 0xC027,
    /// <summary>TLS 1.2, RFC 5289, profile legacy.</summary>
    TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384 = 0xC028,
    /// <summary>TLS 1.2, RFC 8442, with pre-shared keys.</summary>
    TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256 = 0xD001,
    /// <summary>TLS 1.2, RFC 8442, with pre-shared keys.</summary>
    TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384 = 0xD002,
    /// <summary>TLS 1.2, RFC 7905, with pre-shared keys.</summary>
    TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256 = 0xCCAC,
    /// <summary>TLS 1.2, RFC 5487, with pre-shared keys, profile compatible.</summary>
    TLS_DHE_PSK_WITH_AES_128_GCM_SHA256 = 0x00AA,
    /// <summary>TLS 1.2, RFC 5487, with pre-shared keys, profile compatible.</summary>
    TLS_DHE_PSK_WITH_AES_256_GCM_SHA384 = 0x00AB,
    /// <summary>TLS 1.2, RFC 7905, with pre-shared keys, profile compatible.</summary>
    TLS_DHE_PSK_WITH_CHACHA20_POLY1305_SHA256 = 0xCCAD,
    /// <summary>TLS 1.2, RFC 5489, with pre-shared keys, profile legacy.</summary>
    TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256 = 0xC037,
    /// <summary>TLS 1.2, RFC 5489, with pre-shared keys, profile legacy.</summary>
    TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA384 = 0xC038,
    /// <summary>TLS 1.2, RFC 5489, with pre-shared keys, profile legacy.</summary>
    TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA = 0xC035,
    /// <summary>TLS 1.2, RFC 5489, with pre-shared keys, profile legacy.</summary>
    TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA = 0xC036,
    /// <summary>TLS 1.2, RFC 4279, with pre-shared keys, profile legacy.</summary>
    TLS_DHE_PSK_WITH_AES_128_CBC_SHA = 0x0090,
    /// <summary>TLS 1.2, RFC 4279, with pre-shared keys, profile legacy.</summary>
    TLS_DHE_PSK_WITH_AES_256_CBC_SHA = 0x0091,
    /// <summary>TLS 1.2, RFC 5487, with pre-shared keys, profile legacy.</summary>
    TLS_DHE_PSK_WITH_AES_128_CBC_SHA256 = 0x00B2,
    /// <summary>TLS 1.2, RFC 5487, with pre-shared keys, profile legacy.</summary>
    TLS_DHE_PSK_WITH_AES_256_CBC_SHA384 = 0x00B3,
}
