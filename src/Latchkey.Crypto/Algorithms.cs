namespace Latchkey.Crypto;

/// <summary>Digests that TLS 1.2, TLS 1.3 or the deployed keyless protocol name.</summary>
public enum DigestAlgorithm
{
    /// <summary>MD5 and SHA-1 concatenated, 36 bytes: TLS 1.0/1.1 RSA signatures, raw operation 02 only.</summary>
    Md5Sha1,
    /// <summary>20 bytes.</summary>
    Sha1,
    /// <summary>28 bytes; raw operations only.</summary>
    Sha224,
    /// <summary>32 bytes.</summary>
    Sha256,
    /// <summary>48 bytes.</summary>
    Sha384,
    /// <summary>64 bytes.</summary>
    Sha512,
}

/// <summary>AEADs of RFC 8446 §B.4 and RFC 5288/7905; all have 12-byte nonces and 16-byte tags.</summary>
public enum AeadAlgorithm
{
    /// <summary>16-byte key.</summary>
    Aes128Gcm,
    /// <summary>32-byte key.</summary>
    Aes256Gcm,
    /// <summary>32-byte key.</summary>
    ChaCha20Poly1305,
}

/// <summary>Supported groups, RFC 8446 §4.2.7 (values of the IANA registry).</summary>
public enum NamedGroup : ushort
{
    /// <summary>NIST P-256; public value: uncompressed point, 65 bytes.</summary>
    Secp256r1 = 0x0017,
    /// <summary>NIST P-384; public value: uncompressed point, 97 bytes.</summary>
    Secp384r1 = 0x0018,
    /// <summary>Curve25519; public value: 32 bytes (RFC 7748).</summary>
    X25519 = 0x001D,
    /// <summary>RFC 7919; public value: 256 bytes. TLS 1.2 only, as all of these.</summary>
    Ffdhe2048 = 0x0100,
    /// <summary>RFC 7919; public value: 384 bytes.</summary>
    Ffdhe3072 = 0x0101,
    /// <summary>RFC 7919; public value: 512 bytes.</summary>
    Ffdhe4096 = 0x0102,
    /// <summary>RFC 7919; public value: 768 bytes.</summary>
    Ffdhe6144 = 0x0103,
    /// <summary>RFC 7919; public value: 1,024 bytes.</summary>
    Ffdhe8192 = 0x0104,
    /// <summary>RFC 3526 group 15; public value: 384 bytes. Internal: the value is one of ffdhe_private_use (RFC 7919 §7), means
    /// nothing to a client and is never sent to one. TLS 1.2 sends the prime itself.</summary>
    Modp3072 = 0x01FC,
    /// <summary>RFC 3526 group 16; public value: 512 bytes. Internal, as <see cref="Modp3072"/>.</summary>
    Modp4096 = 0x01FD,
    /// <summary>X25519MLKEM768: client share 1,216 bytes, server share 1,120 bytes, secret 64 bytes (catalogue X8).</summary>
    X25519MlKem768 = 0x11EC,
}

/// <summary>Signature schemes, RFC 8446 §4.2.3 (values of the IANA registry).</summary>
public enum SignatureScheme : ushort
{
    /// <summary>RSA PKCS#1 v1.5 with SHA-1; TLS 1.2 only, never by default.</summary>
    RsaPkcs1Sha1 = 0x0201,
    /// <summary>RSA PKCS#1 v1.5 with SHA-256; TLS 1.2 only.</summary>
    RsaPkcs1Sha256 = 0x0401,
    /// <summary>RSA PKCS#1 v1.5 with SHA-384; TLS 1.2 only.</summary>
    RsaPkcs1Sha384 = 0x0501,
    /// <summary>RSA PKCS#1 v1.5 with SHA-512; TLS 1.2 only.</summary>
    RsaPkcs1Sha512 = 0x0601,
    /// <summary>DSA with SHA-256; TLS 1.2 only, profile legacy (catalogue G6).</summary>
    DsaSha256 = 0x0402,
    /// <summary>ECDSA with SHA-256; in TLS 1.3 bound to P-256.</summary>
    EcdsaSecp256r1Sha256 = 0x0403,
    /// <summary>ECDSA with SHA-384; in TLS 1.3 bound to P-384.</summary>
    EcdsaSecp384r1Sha384 = 0x0503,
    /// <summary>RSA-PSS with SHA-256, salt 32 bytes, rsaEncryption key.</summary>
    RsaPssRsaeSha256 = 0x0804,
    /// <summary>RSA-PSS with SHA-384, salt 48 bytes, rsaEncryption key.</summary>
    RsaPssRsaeSha384 = 0x0805,
    /// <summary>RSA-PSS with SHA-512, salt 64 bytes, rsaEncryption key.</summary>
    RsaPssRsaeSha512 = 0x0806,
    /// <summary>Ed25519 (RFC 8032), 64-byte signatures.</summary>
    Ed25519 = 0x0807,
}

/// <summary>What kind of key a certificate carries.</summary>
public enum KeyAlgorithm
{
    /// <summary>rsaEncryption.</summary>
    Rsa,
    /// <summary>id-ecPublicKey on P-256.</summary>
    EcdsaP256,
    /// <summary>id-ecPublicKey on P-384.</summary>
    EcdsaP384,
    /// <summary>id-Ed25519.</summary>
    Ed25519,
    /// <summary>id-dsa, 2,048 bits or more: TLS 1.2 with DHE_DSS, profile legacy.</summary>
    Dsa,
}
