namespace Latchkey.Wire;

/// <summary>Items of a message body: u8 tag, u16 length, value. 40 and up are Latchkey's own (docs/protocol.md).</summary>
public enum ItemTag : byte
{
    /// <summary>SHA-256 of the ASCII upper-case hexadecimal RSA modulus, 32 bytes; another length is ignored (I4).</summary>
    CertificateDigest = 0x01,
    /// <summary>SNI, text (I1).</summary>
    ServerName = 0x02,
    /// <summary>4 or 16 bytes, else malformed.</summary>
    ClientIp = 0x03,
    /// <summary>SHA-1 of the SubjectPublicKey bits, 20 bytes; another length is ignored, all zero means unset.</summary>
    SubjectKeyIdentifier = 0x04,
    /// <summary>4 or 16 bytes, else malformed (I2).</summary>
    ServerIp = 0x05,
    /// <summary>Text.</summary>
    CertificateId = 0x06,
    /// <summary>Exactly 1 byte, else malformed.</summary>
    Opcode = 0x11,
    /// <summary>Argument or result.</summary>
    Payload = 0x12,
    /// <summary>Text; names the function of <see cref="Wire.Opcode.Custom"/>.</summary>
    CustomFunction = 0x13,
    /// <summary>Free.</summary>
    Extra = 0x14,
    /// <summary>Trace span.</summary>
    TraceSpan = 0x15,
    /// <summary>JSON object with key <c>request_id</c>.</summary>
    RequestContext = 0x16,
    /// <summary>1 byte; 0 is not sent.</summary>
    ComplianceRegion = 0x17,
    /// <summary>Zeros.</summary>
    Padding = 0x20,

    /// <summary>u16 version, u32 feature bits: <see cref="PeerCapabilities"/>.</summary>
    Capabilities = 0x40,
    /// <summary>SHA-256 of the DER certificate presented, 32 bytes (I3).</summary>
    CertificateFingerprint = 0x41,
    /// <summary>TLS SignatureScheme, u16.</summary>
    SignatureScheme = 0x42,
    /// <summary>Client random, 32 bytes.</summary>
    ClientRandom = 0x43,
    /// <summary>The nonce the server random is derived from, 32 bytes.</summary>
    ServerNonce = 0x44,
    /// <summary>Downgrade sentinel in the server random, 1 byte: 0 none, 1 <c>DOWNGRD\x01</c>.</summary>
    Sentinel = 0x45,
    /// <summary>ServerECDHParams or ServerDHParams, 1 to 2,055 bytes.</summary>
    ServerParameters = 0x46,
    /// <summary>Context of a CertificateVerify, 1 byte: 0 server.</summary>
    SigningContext = 0x47,
    /// <summary>Transcript hash through Certificate, 32 or 48 bytes.</summary>
    TranscriptHash = 0x48,
    /// <summary>EncryptedPreMasterSecret, without its TLS length prefix, 0 to 2,048 bytes.</summary>
    EncryptedPremaster = 0x49,
    /// <summary>legacy_version of the ClientHello, u16.</summary>
    ClientVersion = 0x4A,
    /// <summary>Hash for the extended master secret. Refused: a hash of the edge's making proves nothing about what it covers.</summary>
    SessionHash = 0x4B,
    /// <summary>The PRF's hash as TLS HashAlgorithm, 1 byte: 4 SHA-256, 5 SHA-384.</summary>
    PrfHash = 0x4C,
    /// <summary>How long the requester will wait, milliseconds, u32; absent: not said.</summary>
    Patience = 0x4D,
    /// <summary>Parts of the split key that the request is about, which the requester has: each with a length of 2 bytes before it (S4).</summary>
    KeyPart = 0x4E,
    /// <summary>The edge's signature over the items before it: <see cref="Wire.RequestSignature"/> (L3).</summary>
    RequestSignature = 0x4F,
    /// <summary>In the reply to a ping: <see cref="KeyServerLoad"/>, 10 bytes.</summary>
    Load = 0x50,
    /// <summary>The result, if it is a secret, is to be sealed to this public value: TLS NamedGroup, u16, and the value of that group; 34 or 67 bytes.</summary>
    SealTo = 0x51,
}
