namespace Latchkey.Tls.Messages;

/// <summary>Extensions that mean something here (values of the IANA registry). Others are kept in the list and ignored.</summary>
public enum ExtensionType : ushort
{
    /// <summary>RFC 6066 §3.</summary>
    ServerName = 0,
    /// <summary>RFC 6066 §4; ignored: record_size_limit took its place (RFC 8449 §5).</summary>
    MaxFragmentLength = 1,
    /// <summary>RFC 6066 §8; ignored.</summary>
    StatusRequest = 5,
    /// <summary>RFC 8446 §4.2.7.</summary>
    SupportedGroups = 10,
    /// <summary>RFC 8422 §5.1.2, TLS 1.2.</summary>
    EcPointFormats = 11,
    /// <summary>RFC 8446 §4.2.3.</summary>
    SignatureAlgorithms = 13,
    /// <summary>RFC 7301.</summary>
    ApplicationLayerProtocolNegotiation = 16,
    /// <summary>RFC 7366, TLS 1.2.</summary>
    EncryptThenMac = 22,
    /// <summary>RFC 7627, TLS 1.2.</summary>
    ExtendedMasterSecret = 23,
    /// <summary>RFC 8449.</summary>
    RecordSizeLimit = 28,
    /// <summary>RFC 9345, TLS 1.3.</summary>
    DelegatedCredential = 34,
    /// <summary>RFC 5077, TLS 1.2.</summary>
    SessionTicket = 35,
    /// <summary>RFC 8446 §4.2.11.</summary>
    PreSharedKey = 41,
    /// <summary>RFC 8446 §4.2.10.</summary>
    EarlyData = 42,
    /// <summary>RFC 8446 §4.2.1.</summary>
    SupportedVersions = 43,
    /// <summary>RFC 8446 §4.2.2.</summary>
    Cookie = 44,
    /// <summary>RFC 8446 §4.2.9.</summary>
    PskKeyExchangeModes = 45,
    /// <summary>RFC 8446 §4.2.4; checked and ignored.</summary>
    CertificateAuthorities = 47,
    /// <summary>RFC 8446 §4.2.3.</summary>
    SignatureAlgorithmsCert = 50,
    /// <summary>RFC 8446 §4.2.8.</summary>
    KeyShare = 51,
    /// <summary>RFC 5746, TLS 1.2.</summary>
    RenegotiationInfo = 0xFF01,
}
